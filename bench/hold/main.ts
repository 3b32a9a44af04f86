/**
 * How long a window holds a push, at a steady rate of pushes over three replicas while collections and deletions go on: `--help` says how.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { held } from '../../hack/soak/holds.ts';
import { cachedTree, treeCache } from '../../hack/tree/cachedTree.ts';
import { Collections } from '../measuring/collections.ts';
import { choiceOf, Mistake, wholeOf, wholesOf } from '../../hack/seeds/options.ts';
import { benchmark, type Tell } from '../measuring/program.ts';
import { Phase } from './phase.ts';
import { Pushes } from './pushes.ts';
import { linesOf, quantiles, type SizeResult } from './report.ts';
import { HoldWorld } from './world.ts';

const help = `Measures how long windows hold pushes, in a small and a large registry.

Usage: node bench/hold/main.ts [OPTION…]

Three replicas, each a process, on one directory that holds so many manifests. Manifests are pushed at a steady rate that waits for no
answer, while one collection follows the other and tags and blobs are deleted. First nobody touches what is held: then no request may be
held at all. Then one push in so many pushes, tags or mounts what is held at its moment. Holds are told by the replicas' own histograms.

Options:
      --manifests LIST      sizes of the registry, one after the other (1000,50000)
      --rate LIST           manifests pushed in a second, one rate after the other (300)
      --seconds N           of each of the two parts (40)
      --touch-every N       which pushes aim at what is held, in the second part (5)
      --trees DIR           where trees are made once, and copied (${treeCache})
  -o, --output FORMAT       text (default) or json
  -h, --help                this text

Examples:
  # both sizes; the large tree is made the first time, of some 1.5 million inodes
  node bench/hold/main.ts
  # a look in half a minute
  node bench/hold/main.ts --manifests 1000 --seconds 10 --rate 50
  # for a script
  node bench/hold/main.ts -o json

Exit codes: 0 measured, 1 failed or a push was held that touches nothing held, 2 a mistake in the command, 130 interrupted.`;

const defaults = {
  manifests: '1000,50000',
  rate: '300',
  seconds: '40',
  'touch-every': '5',
  trees: treeCache,
  output: 'text',
};
/** The first run on a tree that others made only previews; and marks get faster once this machine has seen the tree. */
const runsBefore = 2;

await benchmark(help, defaults, async (values, tell, signal) => {
  const sizes = wholesOf('--manifests', values.manifests);
  const rates = wholesOf('--rate', values.rate);
  const seconds = wholeOf('--seconds', values.seconds);
  const touchEvery = wholeOf('--touch-every', values['touch-every']);
  if (touchEvery < 2) throw new Mistake('--touch-every takes a whole number from 2 up');
  const output = choiceOf('--output', values.output, ['text', 'json']);
  const results: SizeResult[] = [];
  const take = (result: SizeResult): void => {
    results.push(result);
    if (output === 'text') for (const line of linesOf(result)) console.log(line);
  };
  for (const manifests of sizes) {
    await measureSize({ manifests, rates, seconds, touchEvery, trees: values.trees }, take, tell, signal);
  }
  if (output === 'json') console.log(JSON.stringify(results.map(documentOf), undefined, 2));
  return results.every(({ apart }) => held(apart.holds) === 0) ? 'asPromised' : 'broken';
});

interface Size {
  readonly manifests: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly touchEvery: number;
  readonly trees: string;
}

async function measureSize(
  { manifests, rates, seconds, touchEvery, trees }: Size,
  take: (result: SizeResult) => void,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const shape = { manifests, repositories: Math.ceil(manifests / 100), ownLayers: 3, untaggedEvery: 0 };
  const tree = await cachedTree(trees, shape, tell, signal);
  tell(`${manifests} manifests: copying the tree`);
  const world = await HoldWorld.open(join(trees, `hold-${process.pid}`), tree, signal);
  try {
    const pushes = new Pushes();
    await pushes.prepare(world.client, signal);
    const collections = new Collections(world.replicas.map(({ admin }) => admin));
    for (let run = 0; run < runsBefore; run += 1) await collections.once(signal);
    for (const perSecond of rates) {
      await world.restart(signal);
      tell(`${perSecond} pushes a second for ${seconds} s, none of which touches what is held`);
      const apart = await new Phase(world, pushes, { perSecond, seconds, touchEvery: 0 }).run(signal);
      tell(`${perSecond} pushes a second for ${seconds} s, every ${touchEvery}th aimed at what is held`);
      const touching = await new Phase(world, pushes, { perSecond, seconds, touchEvery }).run(signal);
      take({ manifests, rate: perSecond, apart, touching, load: loadavg() });
    }
  } finally {
    tell('taking the copy away');
    await world.close();
  }
}

function documentOf({ apart, touching, ...size }: SizeResult): object {
  const phase = ({ holds, ...result }: SizeResult['apart']): object => {
    const { within, longestSeconds, requests } = holds;
    const buckets = Object.fromEntries([...within].map(([bound, count]) => [String(bound), count]));
    return { ...result, holds: { count: held(holds), requests, ...quantiles(holds), longestSeconds, within: buckets } };
  };
  return { ...size, apart: phase(apart), touching: phase(touching) };
}
