import { watch as watchDirectory } from 'node:fs';
import { pause, type Timers } from '../runtime/timers.ts';
import { checkoutLock } from './checkout.ts';
import { codeOf } from './failure.ts';
import type { Log } from './ports.ts';
import { Reader, type Scan } from './scan.ts';
import { look, type Look } from './walk.ts';

export interface FollowerPorts {
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  readonly log: Log;
}

/** What is being written is not read: a change counts once two looks so far apart agree, and nothing changed while it was read. */
const settleMs = 300;
/** A file that is written on and on, or a lock that a killed Git left, holds up the others so long. */
const patienceMs = 30_000;
const lockPollMs = 100;
/** The kernel lends watches by the thousand, to all programs of a user together. The poll finds what is not watched. */
const mostWatches = 256;

/** Where declarations come from. */
export interface Source {
  /** What is declared now, once it has come to rest. */
  next(signal: AbortSignal): Promise<Scan>;
  /** Settled when something may have changed since `next` was called. It may never be, whatever changes. */
  readonly changed: Promise<undefined>;
  close(): void;
}

/** Follows what users declare in a directory: gives whole scans, each of one moment. */
export class Follower implements Source {
  readonly #root: string;
  readonly #stateDirectory: string;
  readonly #ports: FollowerPorts;
  readonly #reader = new Reader();
  readonly #watches = new Map<string, { close(): void }>();
  #scan: Scan | undefined;
  /** The look that the scan was made of. */
  #taken: string | undefined;
  /** A lock that outlasted the patience. */
  #abandoned: string | undefined;
  #changed = Promise.withResolvers<undefined>();

  constructor(root: string, stateDirectory: string, ports: FollowerPorts) {
    this.#root = root;
    this.#stateDirectory = stateDirectory;
    this.#ports = ports;
  }

  get changed(): Promise<undefined> {
    return this.#changed.promise;
  }

  /** The scan is the same object as long as nothing changed. */
  async next(signal: AbortSignal): Promise<Scan> {
    this.#changed = Promise.withResolvers<undefined>(); // what changes from here on is worth another look
    const began = this.#ports.mono();
    let before = await this.#look();
    if (this.#scan !== undefined && before.signature === this.#taken) return this.#scan;
    for (;;) {
      await pause(this.#ports.timers, settleMs, signal);
      await this.#untilUnlocked(began, signal);
      const now = await this.#look();
      const isPatient = this.#ports.mono() - began < patienceMs;
      const unsettled = differing(before, now);
      before = now;
      if (unsettled.size > 0 && isPatient) continue;
      let scan = await this.#reader.read(now, unsettled);
      before = await this.#look();
      const moved = differing(now, before);
      if ((moved.size > 0 || (await this.#isLocked())) && isPatient) continue;
      const restless = unsettled.union(moved);
      if (restless.size > 0) {
        scan = await this.#reader.read(now, restless);
        this.#ports.log.warn({ files: [...restless] }, 'files do not come to rest; taking the others');
      }
      this.#taken = restless.size === 0 ? now.signature : undefined;
      this.#scan = scan;
      this.#watch(now);
      return scan;
    }
  }

  close(): void {
    for (const one of this.#watches.values()) one.close();
    this.#watches.clear();
  }

  async #look(): Promise<Look> {
    return look(this.#root, this.#stateDirectory);
  }

  async #isLocked(): Promise<boolean> {
    const lock = await checkoutLock(this.#root);
    return lock !== undefined && lock !== this.#abandoned;
  }

  /** Git changes files and index under a lock. */
  async #untilUnlocked(began: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const lock = await checkoutLock(this.#root);
      if (lock === undefined || lock === this.#abandoned) return;
      if (this.#ports.mono() - began >= patienceMs) {
        this.#abandoned = lock;
        this.#ports.log.warn({ lock, afterMs: patienceMs }, 'the lock of the Git checkout stays; going on without it');
        return;
      }
      await pause(this.#ports.timers, lockPollMs, signal);
    }
  }

  #watch({ directories }: Look): void {
    const wanted = new Set(directories.slice(0, mostWatches));
    for (const [directory, one] of this.#watches) {
      if (wanted.has(directory)) continue;
      one.close();
      this.#watches.delete(directory);
    }
    for (const directory of wanted) {
      if (this.#watches.has(directory)) continue;
      const one = watching(directory, () => {
        this.#changed.resolve(undefined);
      });
      if (one !== undefined) this.#watches.set(directory, one);
    }
  }
}

/** Paths of files that are not the same in both looks. */
function differing(before: Look, after: Look): ReadonlySet<string> {
  if (before.signature === after.signature) return new Set();
  const earlier = new Map(before.files.map(({ path, signature }) => [path, signature]));
  const later = new Map(after.files.map(({ path, signature }) => [path, signature]));
  const all = new Set([
    ...earlier.keys(),
    ...later.keys(),
    ...unreadable(before).symmetricDifference(unreadable(after)),
  ]);
  return new Set([...all].filter((path) => earlier.get(path) !== later.get(path) || !later.has(path)));
}

function unreadable(seen: Look): Set<string> {
  return new Set(seen.unreadable.map(({ path }) => path));
}

/** Every failure ends in silence: who watches also polls, and loses time only. */
function watching(directory: string, changed: () => void): { close(): void } | undefined {
  try {
    const watcher = watchDirectory(directory, { persistent: false }, changed);
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
