import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../load/random.ts';
import type { Tally } from '../load/tally.ts';
import type { CollectorLoop } from './collectorLoop.ts';
import type { Contestant, Server } from './contestant.ts';
import type { Disk } from './disk.ts';
import { added, type Holds, noHolds } from './holds.ts';

/** Each, and how often of 100 times. */
const kinds = {
  'SIGKILL server': 28,
  'SIGSTOP server': 28,
  'SIGKILL collection': 18,
  'SIGSTOP collection': 18,
  'disk full': 8,
} as const;
type HarmKind = keyof typeof kinds;
/** How often a collection is waited for. */
const lookMs = 20;

/** What happens to processes and disks, at moments drawn by chance. */
export class Harm {
  readonly #contestant: Contestant;
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #tally: Tally;
  /** What was not done yet. Each is done once before chance alone decides, so that a short time sees them all. */
  #untried: readonly HarmKind[];
  /** What servers said of holds before they were killed. */
  holds: Holds = noHolds;

  constructor(contestant: Contestant, disk: Disk, random: Random, tally: Tally) {
    this.#contestant = contestant;
    this.#disk = disk;
    this.#random = random;
    this.#tally = tally;
    this.#untried = harmsOn(disk);
  }

  /**
   * One harm, and its end: what was stopped goes on, what was killed is started again, what was full has room. With `over` nothing new begins, and what
   * has begun is ended early, but ended: whoever comes next finds every server running.
   */
  async once(over: AbortSignal, signal: AbortSignal): Promise<void> {
    await rest(this.#random.between(0, 1500), over);
    if (over.aborted) return;
    const kind = this.#next();
    this.#tally.count('harm', kind);
    const { servers, collectors } = this.#contestant;
    switch (kind) {
      case 'SIGKILL server':
        return this.#kill(this.#random.pick(servers), over, signal);
      case 'SIGSTOP server':
        return this.#stop(this.#random.pick(servers), over);
      case 'SIGKILL collection':
        return this.#killCollection(collectors, over);
      case 'SIGSTOP collection':
        return this.#stop(await this.#running(collectors, over), over);
      case 'disk full':
        return this.#fill(over);
    }
  }

  #next(): HarmKind {
    if (this.#untried.length > 0) {
      const kind = this.#random.pick(this.#untried);
      this.#untried = this.#untried.filter((each) => each !== kind);
      return kind;
    }
    const possible = harmsOn(this.#disk);
    return this.#random.pick(possible.flatMap((kind) => Array.from({ length: kinds[kind] }, () => kind)));
  }

  /** One of the collections that are going on, as soon as there is one. */
  async #running(collectors: readonly CollectorLoop[], over: AbortSignal): Promise<CollectorLoop | undefined> {
    while (!over.aborted) {
      const running = collectors.filter(({ isRunning }) => isRunning);
      if (running.length > 0) return this.#random.pick(running);
      await rest(lookMs, over);
    }
    return undefined;
  }

  async #stop(victim: Server | CollectorLoop | undefined, over: AbortSignal): Promise<void> {
    victim?.send('SIGSTOP');
    await rest(this.#contestant.permitMs * this.#random.between(1.1, 2.5), over);
    victim?.send('SIGCONT');
  }

  async #kill(server: Server, over: AbortSignal, signal: AbortSignal): Promise<void> {
    this.holds = added(this.holds, (await server.holds?.(signal)) ?? noHolds);
    await server.end('SIGKILL');
    await rest(this.#random.between(0, 1000), over);
    await server.start(signal);
  }

  /** Its loop starts another. */
  async #killCollection(collectors: readonly CollectorLoop[], over: AbortSignal): Promise<void> {
    const victim = await this.#running(collectors, over);
    victim?.send('SIGKILL');
  }

  async #fill(over: AbortSignal): Promise<void> {
    const { full } = this.#disk;
    if ('lacks' in full) return;
    await full.fill();
    await rest(this.#random.between(1000, 4000), over);
    await full.clear();
  }
}

/** A disk that is shared with others is not filled. */
export function harmsOn({ full }: Disk): readonly HarmKind[] {
  const all = Object.keys(kinds) as HarmKind[];
  return all.filter((kind) => kind !== 'disk full' || 'fill' in full);
}

/** So long, or until it is over. */
async function rest(ms: number, over: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal: over });
  } catch (error) {
    if (!over.aborted) throw error;
  }
}
