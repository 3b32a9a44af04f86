/**
 * Marking and removing beside distribution's collector, on one and the same tree of many manifests: `--help` says how.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cachedTree, treeCache } from '../../hack/tree/cachedTree.ts';
import { provide } from '../../hack/tools/cache.ts';
import { choiceOf, wholeOf } from '../../hack/seeds/options.ts';
import { benchmark, type Tell } from '../measuring/program.ts';
import { durations } from './durations.ts';
import { measureMarks } from './marks.ts';
import { measureRemovals } from './removals.ts';
import { linesOfMarks, linesOfRemovals } from './report.ts';

const help = `Marks and removes beside distribution's collector, on the same tree.

Usage: node bench/collection/main.ts [OPTION…]

Two things are measured. Marks: distribution's \`garbage-collect --dry-run\` and our \`coppice plan\`, whole processes, with a cold page
cache (as root) and a warm one. Removals: the time for which pushes are blocked while the manifests that no tag names go, from two copies
of the tree: with distribution the whole of its \`garbage-collect --delete-untagged\`, for the registry must stand still; with us the windows.

Options:
      --manifests N         of the tree (50000)
      --repetitions N       of our marks (3)
      --peer-repetitions N  of distribution's marks, which take minutes (1)
      --only PART           marks, removals or both (both)
      --trees DIR           where trees are made once, and copied (${treeCache})
  -o, --output FORMAT       text (default) or json
  -h, --help                this text

Examples:
  # all of it; the tree is made the first time, of some 1.5 million inodes
  node bench/collection/main.ts
  # a look in a minute
  node bench/collection/main.ts --manifests 2000
  # for a script
  node bench/collection/main.ts --only marks --repetitions 5 -o json

Exit codes: 0 measured, 1 failed, 2 a mistake in the command, 130 interrupted.`;

const defaults = {
  manifests: '50000',
  repetitions: '3',
  'peer-repetitions': '1',
  only: 'both',
  trees: treeCache,
  output: 'text',
};

await benchmark(help, defaults, async (values, tell, signal) => {
  const manifests = wholeOf('--manifests', values.manifests);
  const repetitions = wholeOf('--repetitions', values.repetitions);
  const peerRepetitions = wholeOf('--peer-repetitions', values['peer-repetitions']);
  const only = choiceOf('--only', values.only, ['both', 'marks', 'removals']);
  const output = choiceOf('--output', values.output, ['text', 'json']);
  await provide('registry', signal);
  const shape = { manifests, repositories: Math.ceil(manifests / 100), ownLayers: 3, untaggedEvery: 10 };
  const storage = await cachedTree(values.trees, shape, tell, signal);
  const [loadBefore] = loadavg();
  const { marks, removals } = await withFolder(values.trees, tell, async (folder) => ({
    marks:
      only === 'removals'
        ? undefined
        : await measuredMarks({ storage, folder, repetitions, peerRepetitions }, tell, signal),
    removals: only === 'marks' ? undefined : await measureRemovals({ tree: storage, folder }, tell, signal),
  }));
  const [loadAfter] = loadavg();
  if (output === 'json') {
    console.log(
      JSON.stringify({ manifests, marks, removals, load: { before: loadBefore, after: loadAfter } }, undefined, 2),
    );
    return 'asPromised';
  }
  console.log(
    `${manifests} manifests; load of the machine ${loadBefore?.toFixed(1)} before, ${loadAfter?.toFixed(1)} after`,
  );
  const lines = [
    ...(marks === undefined ? [] : linesOfMarks(marks)),
    ...(removals === undefined ? [] : linesOfRemovals(removals)),
  ];
  for (const line of lines) console.log(line);
  return 'asPromised';
});

/** On the file system of the trees, where names of the same bytes can be made. */
async function withFolder<T>(trees: string, tell: Tell, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(trees, `collection-${process.pid}`);
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    tell('taking the copies away');
    await rm(folder, { recursive: true, force: true });
  }
}

async function measuredMarks(
  about: Omit<Parameters<typeof measureMarks>[0], 'config'>,
  tell: Tell,
  signal: AbortSignal,
): ReturnType<typeof measureMarks> {
  const config = join(about.folder, 'coppice.yml');
  const storage = { filesystem: { rootdirectory: about.storage } };
  await writeFile(config, stringify({ version: 0.1, log: { level: 'error' }, storage, coppice: durations }));
  return measureMarks({ ...about, config }, tell, signal);
}
