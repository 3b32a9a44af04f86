import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RegistryClient } from '../load/client.ts';
import { Ledger, type Loss } from '../load/ledger.ts';
import { freePorts } from '../load/ports.ts';
import type { Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import { Replica } from '../load/replica.ts';
import { Tally } from '../load/tally.ts';
import { age, blobsOnDisk, liveBlobs } from '../load/tree.ts';
import type { CutDisk } from './cutDisk.ts';
import { Pushing, pushersTo } from './pushers.ts';
import { Runs } from './runs.ts';
import { shortFiles } from './shortFiles.ts';

/** Short, so that a sweep begins soon after a start: the life that the cut ended is fenced first. */
const durations = {
  ...{ permitTTL: '1s', window: '2s', holdBudget: '2s', promiseTTL: '3s', minAge: '1s' },
  ...{ confirmAfter: '0s', undoPeriod: '1s', trashTTL: '0s', untagged: 'Delete' },
} as const;
const weekMs = 7 * 24 * 3_600_000;
/** A sweep, or the pushes of a cut, are given this long to begin, ms: for a machine with other things to do. */
const patienceMs = 90_000;
const mostRuns = 10;
/** A sweep comes late after a start, so most cuts are in pushes. */
const sweepEvery = 3;

export interface CutsResult {
  readonly acknowledged: number;
  readonly losses: readonly Loss[];
  readonly short: readonly string[];
  readonly tally: Tally;
}

/** A replica on a disk that goes down again and again, under clients and sweeps. After each time: a mount, a start, and nothing else. */
export class PowerCuts {
  readonly #disk: CutDisk;
  readonly #random: Random;
  readonly #seed: string;
  readonly #ledger = new Ledger();
  readonly #tally = new Tally();
  readonly #losses: Loss[] = [];
  readonly #short = new Set<string>();

  constructor(disk: CutDisk, seed: string) {
    this.#disk = disk;
    this.#seed = `${seed} ${disk.kind}`;
    this.#random = new Random(this.#seed);
  }

  /** So many cuts; `tell` hears of each. */
  async run(cuts: number, tell: (line: string) => void, signal: AbortSignal): Promise<CutsResult> {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-powercut-'));
    const replica = await this.#replica(folder);
    const pushers = pushersTo(replica, this.#ledger, this.#tally, this.#seed);
    try {
      for (let done = 1; done <= cuts; done += 1) {
        await replica.start(signal);
        await this.#look(replica, signal);
        const during = done % sweepEvery === 0 ? 'sweep' : 'push';
        await this.#workUntilCut(replica, pushers, during, signal);
        await this.#disk.comeBack();
        if (during === 'push') await age(this.#storage, weekMs); // what is garbage by now may go in the next sweep
        tell(
          `${this.#disk.kind}: cut ${done}: ${this.#ledger.acknowledged} pushes acknowledged, ${this.#losses.length} lost`,
        );
      }
      await replica.start(signal);
      await this.#look(replica, signal);
      await this.#collectAll(replica, signal);
      await this.#look(replica, signal);
    } finally {
      await replica.end('SIGKILL'); // its disk may be down, and cannot be taken away while it has files open there
      await rm(folder, { recursive: true });
    }
    const { acknowledged } = this.#ledger;
    return { acknowledged, losses: this.#losses, short: [...this.#short], tally: this.#tally };
  }

  get #storage(): string {
    return join(this.#disk.directory, 'storage');
  }

  async #replica(folder: string): Promise<Replica> {
    await mkdir(this.#storage);
    const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
    const ports = { api, admin, metrics };
    return new Replica({ name: 'replica', folder, storage: this.#storage, ports, coppice: durations });
  }

  /** The replica goes on for some moments on the disk that is down: nothing that it answers then may be a promise. */
  async #workUntilCut(
    replica: Replica,
    pushers: readonly Pusher[],
    during: 'push' | 'sweep',
    signal: AbortSignal,
  ): Promise<void> {
    const how = this.#random.pick(['logLost', 'logFlushed'] as const);
    const pushing = new Pushing(signal);
    // A sweep comes seconds after a start, and what is pushed until then costs more than it shows: one pusher will do.
    pushing.begin(pushers.slice(0, 1));
    try {
      const isSweeping = during === 'sweep' && (await new Runs(replica.admin).beginSweep(patienceMs, signal));
      pushing.begin(pushers.slice(1));
      this.#tally.count('cut', `${isSweeping ? 'in a sweep' : 'in pushes'}, ${how}`);
      if (!isSweeping) await this.#acknowledge(this.#random.between(2, 20), signal);
      await pause(this.#random.between(0, 60), undefined, { signal });
      await this.#disk.cut(how);
      await pause(this.#random.between(0, 100), undefined, { signal });
      await replica.end('SIGKILL');
    } finally {
      await pushing.end();
    }
  }

  /** Waits until so many more pushes were acknowledged, so that every cut has something to lose. */
  async #acknowledge(pushes: number, signal: AbortSignal): Promise<void> {
    const enough = this.#ledger.acknowledged + pushes;
    const deadline = performance.now() + patienceMs;
    while (this.#ledger.acknowledged < enough && performance.now() < deadline) await pause(5, undefined, { signal });
  }

  async #look(replica: Replica, signal: AbortSignal): Promise<void> {
    for (const file of await shortFiles(this.#storage)) this.#short.add(file);
    const settings = { retryAfterMs: [100, 200, 400, 800, 1600], pause: async (ms: number) => pause(ms) };
    const { losses } = await this.#ledger.verify(new RegistryClient(replica.api, settings), signal);
    this.#losses.push(...losses);
  }

  /** In the end nothing is left but what tags reach, and all of that. */
  async #collectAll(replica: Replica, signal: AbortSignal): Promise<void> {
    const runs = new Runs(replica.admin);
    for (let number = 0; number < mostRuns; number += 1) {
      await pause(1500, undefined, { signal }); // undo periods end
      await age(this.#storage, weekMs);
      const reason = await runs.complete(signal);
      this.#tally.count('run in the end', reason);
      const [live, stored] = [await liveBlobs(this.#storage), new Set((await blobsOnDisk(this.#storage)).keys())];
      const missing = live.difference(stored);
      for (const digest of missing)
        this.#losses.push({ image: digest, why: 'is reached by a tag and not on the disk' });
      if (missing.size > 0 || (reason === 'Completed' && stored.size === live.size)) return;
    }
    this.#losses.push({ image: 'the disk', why: `holds garbage after ${mostRuns} runs` });
  }
}
