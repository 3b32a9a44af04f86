import { setTimeout as delay } from 'node:timers/promises';
import type { LifeId, WindowId } from '../../core/window/identity.ts';
import type { Driver } from './driver.ts';
import { StorageError, StorageFull } from './driver.ts';
import { layout } from './layout.ts';
import { trashOf } from './trash.ts';

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly lacks: readonly string[] };

export interface ProbePorts {
  /** Names that were never used on this storage. */
  readonly life: LifeId;
  readonly window: WindowId;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface Probe extends Required<ProbePorts> {
  readonly driver: Driver;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const text = new TextEncoder().encode('coppice probes what this storage can do');

/** Each client's DELETE may begin a run, and on a slow disk one often comes between a stage and its commits. */
const mostStages = 50;

/**
 * Whether the storage does what safety rests on (protocol section 2, at start). A storage that is not writable rejects with `StorageError`, which
 * names the path, and one that is full with `StorageFull`: what it could do is not known then. Takes everything away that it made.
 */
export async function probeStorage(driver: Driver, ports: ProbePorts, signal: AbortSignal): Promise<ProbeResult> {
  const probe: Probe = { wait: waitFor, ...ports, driver, folder: layout.temporary(`probe-${ports.life}`), signal };
  await driver.write(`${probe.folder}/Writable`, text, signal);
  try {
    const lacks: string[] = [];
    for (const { needs, isMet } of requirements) {
      const found = await answer(isMet(probe));
      if (found !== 'met') lacks.push(`${needs}${found}`);
    }
    return lacks.length === 0 ? { ok: true } : { ok: false, lacks };
  } finally {
    await takeAway(probe);
  }
}

const requirements: readonly { readonly needs: string; readonly isMet: (probe: Probe) => Promise<boolean> }[] = [
  { needs: 'exclusive creation (link(2) and its EEXIST)', isMet: createsOnce },
  { needs: 'names that keep their case', isMet: keepsCase },
  { needs: 'a modification time that moves when a file is written in place', isMet: timeMoves },
  {
    needs: 'commits from coppice/v1 into docker/registry/v2, refused after the end of their life',
    isMet: refusesLateCommits,
  },
  {
    needs: 'removals from docker/registry/v2 into coppice/v1, refused after the end of their window',
    isMet: refusesLateRemovals,
  },
];

/** That the storage is writable is known by now, so an error is an answer: this one thing it cannot do, and the error says why. */
async function answer(isMet: Promise<boolean>): Promise<string> {
  try {
    return (await isMet) ? 'met' : '';
  } catch (error) {
    if (error instanceof StorageError && !(error instanceof StorageFull)) return ` (${error.message})`;
    throw error;
  }
}

async function createsOnce({ driver, folder, signal }: Probe): Promise<boolean> {
  const path = `${folder}/once`;
  const outcomes = [await driver.create(path, text, signal), await driver.create(path, text, signal)];
  return outcomes.join() === 'created,exists';
}

async function keepsCase({ driver, folder, signal }: Probe): Promise<boolean> {
  const names = ((await driver.list(folder, signal)) ?? []).map(({ name }) => name);
  return names.includes('Writable') && (await driver.stat(`${folder}/writable`, signal)) === undefined;
}

async function timeMoves({ driver, folder, wait, signal }: Probe): Promise<boolean> {
  const path = `${folder}/Writable`;
  const before = await driver.stat(path, signal);
  // The coarsest clocks in use tick once in two seconds.
  for (let waitedMs = 0; waitedMs < 3_000; waitedMs += 10) {
    const renewed = await driver.renew(path, signal);
    if (!renewed.renewed || before === undefined) return false;
    if (renewed.modifiedAt > before.modifiedAt) return true;
    await wait(10, signal);
  }
  return false;
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}

/** Files that no registry takes for its own: distribution looks at names that end in `/data`, and at folders. */
function servedPaths({ life }: Probe): readonly string[] {
  return layout.probes(life);
}

async function refusesLateCommits(probe: Probe): Promise<boolean> {
  const { driver, life, signal } = probe;
  if (!(await commitsInTime(probe))) return false;
  await driver.endLife(life, signal);
  for (const path of servedPaths(probe)) {
    if ((await driver.commit(life, `${path}.late`, text, signal)) !== 'refused') return false;
    if ((await driver.stat(`${path}.late`, signal)) !== undefined) return false;
  }
  return true;
}

/** A run that another process begins takes away every stage without a record, this one too: then the storage has done nothing wrong, and it is made again. */
async function commitsInTime(probe: Probe): Promise<boolean> {
  const { driver, life, signal } = probe;
  for (let stages = 0; stages < mostStages; stages += 1) {
    await driver.beginLife(life, signal);
    const outcomes = new Set<'landed' | 'refused'>();
    for (const path of servedPaths(probe)) outcomes.add(await driver.commit(life, path, text, signal));
    if (!outcomes.has('refused')) return true;
    if (await driver.standsLife(life, signal)) return false;
  }
  return false;
}

async function refusesLateRemovals(probe: Probe): Promise<boolean> {
  const { driver, window, signal } = probe;
  const [first, second] = servedPaths(probe);
  if (first === undefined || second === undefined) return false;
  for (const path of [first, second]) await driver.write(path, text, signal);
  await driver.openWindow(window, signal);
  if ((await driver.remove(window, first, signal)) !== 'removed') return false;
  await driver.endWindow(window, signal);
  if ((await driver.remove(window, second, signal)) !== 'windowOver') return false;
  if ((await driver.stat(second, signal)) === undefined) return false;
  return (await trashOf(driver, window, signal)).some(({ from }) => from === first);
}

/** What is served leaves by a move into our own tree, since only a door would let it out otherwise. */
async function takeAway(probe: Probe): Promise<void> {
  const { driver, life, window, folder, signal } = probe;
  await driver.endLife(life, signal);
  await driver.endWindow(window, signal);
  await driver.discard(layout.trash(window), signal);
  for (const [n, path] of servedPaths(probe).entries()) {
    await driver.move(path, `${folder}/taken-${n}`, signal);
    await driver.move(`${path}.late`, `${folder}/late-${n}`, signal);
  }
  await driver.discard(folder, signal);
}
