/**
 * `node hack/trials/main.ts [--variant NAME]… [CLIENT…]`
 *
 * Tries clients whose building takes too long for the suites with a registry of this checkout: what people do with them through each kind of door, and what
 * they see while a window holds what they push. Prints one line for each step. Exit code 1 if anything was not well.
 */
import { parseArgs } from 'node:util';
import { type Variant, variants } from '../peers/variants.ts';
import { provide } from '../tools/cache.ts';
import { buildkit } from './buildkit.ts';
import { cosign } from './cosign.ts';
import { lineOf } from './row.ts';
import { type Client, trial } from './trial.ts';

const clients: readonly Client[] = [cosign, buildkit];

const usage = `usage: node hack/trials/main.ts [--variant NAME]… [CLIENT…]

  CLIENT     ${clients.map(({ name }) => name).join(', ')}; none: all of them
  --variant  ${variants.join(', ')}; none: all of them

Builds what is missing with Go into the cache of \`npm run tools\`, which takes some ten minutes for each
client, once. Needs Linux; BuildKit root, too. Exit code 0: all is well, 1: something is not, 2: usage.`;

const { values, positionals } = parseArgs({
  options: { variant: { type: 'string', multiple: true, default: [] }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const named = <T>(all: readonly T[], nameOf: (one: T) => string, names: readonly string[]): readonly T[] => {
  const unknown = names.filter((name) => !all.some((one) => nameOf(one) === name));
  if (unknown.length > 0) {
    console.error(`there is no ${unknown.join(', ')}\n${usage}`);
    process.exit(2);
  }
  return names.length === 0 ? all : all.filter((one) => names.includes(nameOf(one)));
};
const asked = named(clients, ({ name }) => name, positionals);
const doors: readonly Variant[] = named(variants, (name) => name, values.variant);

const controller = new AbortController();
for (const end of ['SIGINT', 'SIGTERM'] as const)
  process.once(end, () => {
    controller.abort(new Error(`interrupted by ${end}`));
  });

let failures = 0;
try {
  for (const client of asked) {
    for (const tool of client.tools) console.log(`${tool}: ${await provide(tool, controller.signal)}`);
    for (const variant of doors)
      for await (const row of trial(client, variant, controller.signal)) {
        if (!row.isWell) failures += 1;
        console.log(lineOf(row));
      }
  }
} catch (error) {
  failures += 1;
  console.error(controller.signal.aborted ? String(controller.signal.reason) : error);
}
process.exitCode = failures === 0 ? 0 : 1;
