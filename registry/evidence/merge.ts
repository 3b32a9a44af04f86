import type { MemberStore } from '../records/members.ts';
import { type Coverage, idBytes } from '../records/pullFiles.ts';
import type { PullStore, PullWord, StandingJournal } from '../records/pulls.ts';
import { type StorageClock, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { cover, recordedBy, records } from './coverage.ts';
import { joinPulls, packPulls, type PullEntry, pullsIn, sortPulls } from './pullTable.ts';

export const hourMs = 3_600_000;
/** A recorder tells of what is pulled again and again once in so long, so that its pull may have been so much later than it says. */
export const repeatMs = 60 * 60_000;
/** What was not pulled for so long is forgotten, and no evidence reaches further back. */
export const horizonMs = 2 * 366 * 24 * hourMs;
/** Longer than a merger that will still win takes to get from its shards to its coverage. */
const orphanMs = hourMs;
const attempts = 8;

export interface MergePorts {
  readonly pulls: PullStore;
  readonly members: Pick<MemberStore, 'list' | 'read'>;
  readonly clock: StorageClock;
  /** A name that was never used: lower-case letters, digits and hyphens. */
  readonly fresh: () => string;
  /** Under which this process runs (`kernelId`). */
  readonly kernel: () => string | undefined;
}

/**
 * Takes what recorders have said since into the shards, and says what is covered by that; any number of processes may do so at once, and be killed at it:
 *
 *   coverage ─▶ members ─▶ journals ─▶ words that it does not count ─▶ new shards beside the old ─▶ create the next coverage ─▶ discard what it counts
 *
 * Members are listed before words: a recorder begins before its life and ends after it. Journals are read before words: what leaves a journal is in a word
 * by then. `undefined`: nobody records here, and nobody did.
 */
export async function mergePulls(ports: MergePorts, signal: AbortSignal): Promise<Coverage | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const merged = await tryMerge(ports, signal);
    if (merged !== 'lost') return merged;
  }
  throw new StorageError(layout.pullCoverages, 'others changed it again and again');
}

/** Whether a life is registered of which the coverage knows no recorder: it may serve for a short time only, so this is looked at more often than is merged. */
export async function hasNewMember(ports: MergePorts, signal: AbortSignal): Promise<boolean> {
  const { coverage } = await ports.pulls.coverage(signal);
  const known = recordedBy(coverage);
  return (await instancesOf(ports, signal)).some((instance) => !known.has(instance));
}

async function tryMerge(ports: MergePorts, signal: AbortSignal): Promise<Coverage | 'lost' | undefined> {
  const { pulls, clock, kernel } = ports;
  const { n, coverage: before } = await pulls.coverage(signal);
  const instances = await instancesOf(ports, signal);
  const journals = await pulls.journals(signal);
  const words = await newWords(pulls, before, signal);
  if (before === undefined && words.length === 0) return undefined;
  const now = await clock.now(signal); // after the words: none of them is from the future
  const covered = cover(before, { words, journals, kernel: kernel(), instances, now });
  const told = [...words.map(tellingOf), ...leftBy(before, covered, journals)];
  const { shards, isWhole } = await writeShards(ports, covered, told, now, signal);
  const next = { ...covered, shards, since: isWhole ? covered.since : now };
  if (before !== undefined && JSON.stringify(next) === JSON.stringify(before)) return before;
  if ((await pulls.cas(n + 1, next, signal)) === 'lost') return 'lost';
  await tidy(pulls, next, words, now, signal);
  await tidyJournals(pulls, next, journals, now, signal);
  return next;
}

async function instancesOf({ members }: MergePorts, signal: AbortSignal): Promise<readonly string[]> {
  const instances: string[] = [];
  for (const life of await members.list(signal)) {
    const member = await members.read(life, signal);
    if (member !== undefined && !member.record.left) instances.push(member.record.instance);
  }
  return instances;
}

async function newWords(
  pulls: PullStore,
  before: Coverage | undefined,
  signal: AbortSignal,
): Promise<readonly PullWord[]> {
  const next = new Map(before?.recorders.map((one) => [one.recorder, one.next]));
  const words: PullWord[] = [];
  for (const [recorder, standing] of await pulls.list(signal)) {
    for (const k of standing) {
      const word = k < (next.get(recorder) ?? 0) ? undefined : await pulls.read(recorder, k, signal);
      if (word !== undefined) words.push(word);
    }
  }
  return words;
}

/** What was pulled, and so many seconds before `at`. */
interface Telling {
  readonly at: number;
  readonly pulls: Iterable<PullEntry>;
}

function tellingOf({ at, file }: PullWord): Telling {
  return { at, pulls: file === undefined ? [] : pullsIn(file.table) };
}

/** By those that are known to have been killed from now on: pulled when they last wrote, at the latest. */
function leftBy(
  before: Coverage | undefined,
  { recorders }: Coverage,
  journals: ReadonlyMap<string, StandingJournal>,
): readonly Telling[] {
  const killed = (coverage: Pick<Coverage, 'recorders'> | undefined): Set<string> =>
    new Set(coverage?.recorders.filter((one) => one.killed === true).map(({ recorder }) => recorder));
  return [...killed({ recorders }).difference(killed(before))].map((recorder) => {
    const { at = 0, content } = journals.get(recorder) ?? {};
    return { at, pulls: (content?.ids ?? []).map((id) => ({ id, number: 0 })) };
  });
}

/** Not whole: a shard that counts was gone, or not understood, and begins anew. */
async function writeShards(
  { pulls, fresh }: MergePorts,
  { shards: before }: Coverage,
  told: readonly Telling[],
  now: number,
  signal: AbortSignal,
): Promise<{ readonly shards: Coverage['shards']; readonly isWhole: boolean }> {
  const shards = { ...before };
  let isWhole = true;
  for (const [shard, heard] of byShard(told)) {
    const name = before[shard];
    const old = name === undefined ? Buffer.alloc(0) : await pulls.readShard(name, signal);
    isWhole &&= old !== undefined;
    const joined = joinPulls(
      old ?? Buffer.alloc(0),
      packPulls(sortPulls(heard)),
      Math.floor((now - horizonMs) / hourMs),
    );
    const renewed = `${shard}-${fresh()}`;
    await pulls.writeShard(renewed, joined, signal);
    shards[shard] = renewed;
  }
  return { shards, isWhole };
}

/** In hours of the storage's clock, rounded up, with the longest that a recorder may have held its tongue. */
function byShard(told: readonly Telling[]): ReadonlyMap<string, readonly PullEntry[]> {
  const latest = new Map<string, PullEntry>();
  for (const { at, pulls } of told) {
    for (const { id, number: secondsBefore } of pulls) {
      const number = Math.ceil((at - secondsBefore * 1000 + repeatMs) / hourMs);
      const key = id.toString('hex', 0, idBytes);
      if (number > (latest.get(key)?.number ?? -1)) latest.set(key, { id, number });
    }
  }
  return Map.groupBy(latest.values(), ({ id }) => id.toString('hex', 0, 1));
}

async function tidy(
  pulls: PullStore,
  coverage: Coverage,
  words: readonly PullWord[],
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { recorder, k } of words) await pulls.discardWord(recorder, k, signal);
  const known = new Map(coverage.recorders.map((one) => [one.recorder, one]));
  for (const [recorder, standing] of await pulls.list(signal)) {
    const one = known.get(recorder);
    const left = standing.filter((k) => k < (one?.next ?? 0)); // by a merger that was killed after it had won
    for (const k of left) await pulls.discardWord(recorder, k, signal);
    if (left.length < standing.length || one?.ended === false) continue;
    // An empty folder that nobody knows may be of one that is about to say its first word.
    const changedAt = one === undefined ? await pulls.changedAt(recorder, signal) : -Infinity;
    if (changedAt !== undefined && now - changedAt > orphanMs) await pulls.discardRecorder(recorder, signal);
  }
  const counting = new Set(Object.values(coverage.shards));
  for (const name of await pulls.shards(signal)) {
    if (counting.has(name)) continue;
    const writtenAt = await pulls.shardWrittenAt(name, signal);
    if (writtenAt !== undefined && now - writtenAt > orphanMs) await pulls.discardShard(name, signal);
  }
}

/** Of those that record no more, or were never known to; a little late, for one that has just begun. */
async function tidyJournals(
  pulls: PullStore,
  { recorders }: Coverage,
  journals: ReadonlyMap<string, StandingJournal>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const recording = new Set(recorders.filter(records).map(({ recorder }) => recorder));
  for (const [recorder, { at }] of journals) {
    if (!recording.has(recorder) && now - at > orphanMs) await pulls.discardJournal(recorder, signal);
  }
}
