import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../load/random.ts';
import type { Tally } from '../load/tally.ts';
import type { CollectorLoop } from './collectorLoop.ts';
import type { Contestant, Server } from './contestant.ts';
import type { Disk } from './disk.ts';
import { added, type Holds, noHolds } from './holds.ts';

/** How often, of 100 times, the disk fills up instead. */
const fullShare = 8;

/** What happens to processes and disks, at moments drawn by chance. */
export class Harm {
  readonly #contestant: Contestant;
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #tally: Tally;
  /** What servers said of holds before they were killed. */
  holds: Holds = noHolds;

  constructor(contestant: Contestant, disk: Disk, random: Random, tally: Tally) {
    this.#contestant = contestant;
    this.#disk = disk;
    this.#random = random;
    this.#tally = tally;
  }

  /** One harm, and its end: what was stopped goes on, what was killed is started again, what was full has room. */
  async once(signal: AbortSignal): Promise<void> {
    await pause(this.#random.between(0, 1500), undefined, { signal });
    const { full } = this.#disk;
    const isFull = this.#random.below(100) < fullShare;
    if (isFull && 'fill' in full) return this.#fill(full, signal);
    const how = this.#random.pick(['SIGKILL', 'SIGSTOP'] as const);
    const victim = this.#random.pick([...this.#contestant.servers, ...this.#contestant.collectors]);
    this.#tally.count('harm', `${how} ${'api' in victim ? 'server' : 'collection'}`);
    if (how === 'SIGSTOP') return this.#stop(victim, signal);
    if ('api' in victim) return this.#kill(victim, signal);
    victim.send('SIGKILL'); // its loop starts another
  }

  async #stop(victim: Server | CollectorLoop, signal: AbortSignal): Promise<void> {
    victim.send('SIGSTOP');
    try {
      await pause(this.#contestant.permitMs * this.#random.between(1.1, 2.5), undefined, { signal });
    } finally {
      victim.send('SIGCONT');
    }
  }

  async #kill(server: Server, signal: AbortSignal): Promise<void> {
    this.holds = added(this.holds, (await server.holds?.(signal)) ?? noHolds);
    await server.end('SIGKILL');
    await pause(this.#random.between(0, 1000), undefined, { signal });
    await server.start(signal);
  }

  async #fill(full: Extract<Disk['full'], { fill: unknown }>, signal: AbortSignal): Promise<void> {
    this.#tally.count('harm', 'disk full');
    await full.fill();
    try {
      await pause(this.#random.between(1000, 4000), undefined, { signal });
    } finally {
      await full.clear();
    }
  }
}
