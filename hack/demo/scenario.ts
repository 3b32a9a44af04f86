import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Digest } from '../../core/oci/digest.ts';
import { coppice } from '../load/command.ts';

/** What `coppice … -o json` says of a run, as far as the demo shows it. */
export interface RunDocument {
  readonly run: {
    readonly plan?: { readonly digest: string; readonly items: number };
    readonly sweep: {
      readonly removedBySteps: Readonly<Record<string, number>>;
      readonly spared: number;
      readonly bytes: number;
    };
    readonly windows: { readonly count: number; readonly longestMs: number };
    readonly audit?: { readonly manifests: number; readonly missing: number };
  };
  readonly items: readonly {
    readonly fate: string;
    readonly step: string;
    readonly object: string;
    readonly why: string;
    readonly by?: string;
  }[];
}

const examples = new URL('../../examples/', import.meta.url);

/** The two examples as files of this demo: the policy as it stands, the request with the digest of the image that is to go, pushed until now. */
export async function writeResources(
  folder: string,
  unwanted: Digest,
): Promise<readonly [policy: string, request: string]> {
  const policy = join(folder, 'retention-policy.yaml');
  const request = join(folder, 'delete-request.yaml');
  await writeFile(policy, await readFile(new URL('retention-policy.yaml', examples)));
  const document = parse(await readFile(new URL('delete-request.yaml', examples), 'utf8')) as {
    spec: { targets: { digest?: string }[]; cutoff: string };
  };
  for (const target of document.spec.targets) if (target.digest !== undefined) target.digest = unwanted;
  document.spec.cutoff = new Date().toISOString();
  await writeFile(request, stringify(document));
  return [policy, request];
}

/** One command to its end; another exit code than 0 rejects with what it said. */
export async function command(args: readonly string[], signal: AbortSignal): Promise<string> {
  const said = await coppice(args, signal);
  if (said.exitCode !== 0)
    throw new Error(`coppice ${args.join(' ')}: exit code ${said.exitCode ?? 'none'}\n${said.stderr}${said.stdout}`);
  return said.stdout;
}

export async function runCommand(args: readonly string[], signal: AbortSignal): Promise<RunDocument> {
  return JSON.parse(await command([...args, '-o', 'json'], signal)) as RunDocument;
}
