import { setTimeout as pause } from 'node:timers/promises';
import { imageOf, layer } from '../load/images.ts';
import { Ledger, type Loss } from '../load/ledger.ts';
import { Random } from '../load/random.ts';
import type { Tally } from '../load/tally.ts';
import { clientsOf, pushersOf, pushFresh, readTags } from './clients.ts';
import type { Contestant, Leftovers } from './contestant.ts';
import type { Disk } from './disk.ts';
import { Harm } from './harm.ts';
import { added, type Holds, noHolds } from './holds.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly pushers: number;
  readonly tell: (line: string) => void;
}

export interface SoakResult {
  readonly acknowledged: number;
  readonly losses: readonly Loss[];
  readonly leftovers: Leftovers | undefined;
  /** Servers that ended though nobody had asked them to, with their last words. */
  readonly fallen: readonly string[];
  /** The longest until a push was acknowledged after a harm, ms. */
  readonly slowestMs: number;
  /** Under harm, without it, and while only what shares nothing is pushed; each with its seconds. */
  readonly holds: Readonly<Record<'harmed' | 'calm' | 'fresh', Phase>>;
}

interface Phase {
  readonly holds: Holds;
  readonly seconds: number;
}

/** Of the time: under harm, and without it; the rest belongs to pushes that share nothing. */
const shares = { harmed: 0.7, calm: 0.2, fresh: 0.1 };
const readers = 2;

/** One contestant under everything that happens to a registry, for a given time; then everything it has acknowledged is asked for. */
export class Soak {
  readonly #contestant: Contestant;
  readonly #options: SoakOptions;
  readonly #tally: Tally;
  readonly #ledger = new Ledger();
  readonly #losses: Loss[] = [];
  readonly #fallen: string[] = [];
  readonly #harm: Harm;
  #slowestMs = 0;
  #probes = 0;

  constructor(contestant: Contestant, disk: Disk, tally: Tally, options: SoakOptions) {
    this.#contestant = contestant;
    this.#options = options;
    this.#tally = tally;
    this.#harm = new Harm(contestant, disk, new Random(`${options.seed} harm`), tally);
  }

  async run(signal: AbortSignal): Promise<SoakResult> {
    const { servers, collectors } = this.#contestant;
    const broken = new AbortController();
    const until = AbortSignal.any([signal, broken.signal]);
    try {
      await Promise.all(servers.map(async (server) => server.start(until)));
      for (const collector of collectors) collector.start(until);
      const holds = await this.#phases(until);
      await Promise.all(collectors.map(async (collector) => collector.stop()));
      await this.#verify(until);
      const leftovers = await this.#finish(until);
      const { acknowledged } = this.#ledger;
      const [losses, fallen, slowestMs] = [this.#losses, this.#fallen, this.#slowestMs];
      return { acknowledged, losses, leftovers, fallen, slowestMs, holds };
    } finally {
      broken.abort();
      await Promise.allSettled(collectors.map(async (collector) => collector.stop()));
      await Promise.all(servers.map(async (server) => server.end('SIGTERM')));
    }
  }

  async #finish(signal: AbortSignal): Promise<Leftovers | undefined> {
    const leftovers = await this.#contestant.finish?.(signal);
    if (leftovers === undefined) return undefined;
    const { garbage, missing, runs } = leftovers;
    this.#options.tell(`${garbage} garbage blobs and ${missing} missing after ${runs} runs without faults`);
    await this.#verify(signal);
    return leftovers;
  }

  async #phases(signal: AbortSignal): Promise<SoakResult['holds']> {
    const clients = clientsOf(this.#contestant, this.#tally);
    const { seed, pushers, tell } = this.#options;
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    const about = { random: new Random(`${seed} reader`), tally: this.#tally, lost: this.#lost };
    const load = Promise.all([
      ...pushersOf(this.#contestant, clients, { seed, count: pushers, ledger: this.#ledger, tally: this.#tally }).map(
        async (pusher) => pusher.run(until),
      ),
      ...Array.from({ length: readers }, async () => readTags(clients, this.#ledger, about, until)),
    ]);
    load.catch((error: unknown) => {
      stop.abort(error);
    });
    try {
      const harmed = await this.#phase('under kills, stops and a full disk', shares.harmed, until, async (over) =>
        this.#harmed(over, until),
      );
      await this.#restart(until);
      const calm = await this.#phase('without harm', shares.calm, until);
      stop.abort();
      await load;
      await this.#restart(signal);
      tell('the clients stop; others push what shares nothing with anything, and delete it again');
      const fresh = await this.#phase('fresh', shares.fresh, signal, async (over) => {
        await Promise.all(
          clients.map(async (client, at) => pushFresh(client, `client-${at}`, this.#tally, { over, signal })),
        );
      });
      return { harmed: { ...harmed, holds: added(harmed.holds, this.#harm.holds) }, calm, fresh };
    } finally {
      stop.abort();
    }
  }

  async #phase(
    what: string,
    share: number,
    signal: AbortSignal,
    work: (over: AbortSignal) => Promise<void> = async () => undefined,
  ): Promise<Phase> {
    const ms = share * this.#options.minutes * 60_000;
    const began = performance.now();
    const over = AbortSignal.timeout(ms);
    await Promise.all([pause(ms, undefined, { signal }), work(AbortSignal.any([signal, over]))]);
    const seconds = (performance.now() - began) / 1000;
    this.#options.tell(`${Math.round(seconds)} s ${what}: ${this.#ledger.acknowledged} pushes acknowledged so far`);
    await this.#raise(signal);
    return { holds: await this.#holds(signal), seconds };
  }

  async #harmed(over: AbortSignal, signal: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#harm.once(over, signal);
      await this.#raise(signal);
      await this.#mustBeWritable(over);
    }
  }

  /** No harm of ours leaves a server down: one that is down ended by itself. That is told, and it is started again. */
  async #raise(signal: AbortSignal): Promise<void> {
    for (const server of this.#contestant.servers) {
      const why = await server.whyGone();
      if (why === undefined) continue;
      this.#fallen.push(why);
      this.#options.tell(`FALLEN ${why}`);
      await server.start(signal);
    }
  }

  /** W5: nothing that dies or sleeps leaves the registry read-only. */
  async #mustBeWritable(over: AbortSignal): Promise<void> {
    const began = performance.now();
    const number = (this.#probes += 1);
    const image = imageOf(`probe ${number}`, [layer(`probe ${number}`, 500)]);
    const client = clientsOf(this.#contestant, this.#tally)[number % this.#contestant.servers.length];
    if (client === undefined) throw new Error('no servers');
    try {
      while ((await client.push('soak/probe', image, 'latest', over)).is !== 'acknowledged');
    } catch (error) {
      if (!over.aborted) throw error;
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
  }

  /** Its counters begin anew. */
  async #restart(signal: AbortSignal): Promise<void> {
    for (const server of this.#contestant.servers) {
      await server.end('SIGTERM');
      await server.start(signal);
    }
  }

  async #holds(signal: AbortSignal): Promise<Holds> {
    let holds = noHolds;
    for (const server of this.#contestant.servers) holds = added(holds, (await server.holds?.(signal)) ?? noHolds);
    return holds;
  }

  async #verify(signal: AbortSignal): Promise<void> {
    for (const [at, client] of clientsOf(this.#contestant, this.#tally).entries()) {
      const { images, losses } = await this.#ledger.verify(client, signal);
      this.#options.tell(
        `server ${at}: ${images} acknowledged images pulled and hashed, ${losses.length} not in order`,
      );
      losses.forEach(this.#lost);
    }
  }

  readonly #lost = (loss: Loss): void => {
    if (this.#losses.some(({ image }) => image === loss.image)) return;
    this.#losses.push(loss);
    if (this.#losses.length <= 20) this.#options.tell(`LOST ${loss.image}: ${loss.why}`);
  };
}
