import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { chartTemplate } from './chartTemplate.ts';
import { type NamedDefinition, readDefinition } from './definition.ts';
import { definitionsModule } from './definitionsModule.ts';
import { typesModule } from './typesModule.ts';

/** In the order in which people meet them. */
const sources = ['registries', 'retentionpolicies', 'deleterequests', 'collectionruns'] as const;

interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** Every file that is generated, as it should be by what stands in `crds/` now. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const texts = sources.map((name) => readFileSync(pathOf(`crds/${name}.coppice.dev.yaml`), 'utf8'));
  const definitions = texts.map((text): NamedDefinition => readDefinition(text));
  const templates = texts.map((text, at) => {
    return { path: pathOf(`charts/coppice/templates/crds/${sources[at]}.yaml`), text: chartTemplate(text) };
  });
  const modules = await Promise.all([
    formatted('operator/api/types.ts', typesModule(definitions)),
    formatted('operator/api/definitions.ts', definitionsModule(definitions)),
  ]);
  return [...modules, ...templates];
}

async function formatted(file: string, text: string): Promise<GeneratedFile> {
  const path = pathOf(file);
  return { path, text: await format(text, { ...(await resolveConfig(path)), filepath: path }) };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}
