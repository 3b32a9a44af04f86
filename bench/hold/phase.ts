import { readFileSync } from 'node:fs';
import { added, type Holds } from '../../hack/soak/holds.ts';
import { Collections } from '../measuring/collections.ts';
import { type Spread, spreadOf } from '../measuring/spread.ts';
import { type Arrival, openLoop } from './openLoop.ts';
import type { Pushes } from './pushes.ts';
import { Sender, type Wanted } from './sender.ts';
import { WindowWatch } from '../measuring/windowWatch.ts';
import type { HoldWorld } from './world.ts';

export interface PhaseOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** One push in so many touches what is held at its moment; 0: none does. */
  readonly touchEvery: number;
}

export interface PhaseResult {
  /** Manifests acknowledged, for each second of the schedule. */
  readonly perSecond: number;
  /** By method and status, or the error's code. */
  readonly answers: Readonly<Record<string, number>>;
  /** From the moment a push was due to its answer: pushes that touch nothing held, and those that do. */
  readonly pushes: Spread;
  readonly touching: Spread;
  readonly holds: Holds;
  readonly windows: Spread;
  /** The share of the time in which one stood. */
  readonly windowShare: number;
  readonly candidates: number;
  readonly collections: Readonly<Record<string, number>>;
  readonly removed: number;
  readonly markSeconds: number;
  /** Of both cores, and what this program took of it. */
  readonly cpu: { readonly busy: number; readonly load: number };
}

/** Beside the pushes, each so many times a second: a blob that nobody names, a tag, and the deletion of an earlier one. */
const gardeningPerSecond = 4;
const deletedAfter = 8;

/** The load for a time, while collections and deletions go on all along. */
export class Phase {
  readonly #world: HoldWorld;
  readonly #pushes: Pushes;
  readonly #options: PhaseOptions;
  readonly #senders: readonly Sender[];
  readonly #answers = new Map<string, number>();
  readonly #latencies: { readonly apart: number[]; readonly touching: number[] } = { apart: [], touching: [] };
  readonly #removals: Wanted[] = [];

  constructor(world: HoldWorld, pushes: Pushes, options: PhaseOptions) {
    this.#world = world;
    this.#pushes = pushes;
    this.#options = options;
    this.#senders = world.replicas.map(({ api }) => new Sender(api));
  }

  async run(signal: AbortSignal): Promise<PhaseResult> {
    const { perSecond, seconds } = this.#options;
    const broken = new AbortController();
    const over = AbortSignal.any([signal, broken.signal]);
    const before = { holds: await this.#world.holds(signal), cpu: cpuTimes(), own: process.cpuUsage() };
    const windows = new WindowWatch(this.#world.storage);
    const collections = new Collections(this.#world.replicas.map(({ admin }) => admin));
    const collecting = collections.run(over);
    try {
      const load = Promise.all([
        openLoop({ perSecond, seconds }, async (arrival) => this.#push(arrival, windows), over),
        openLoop({ perSecond: gardeningPerSecond, seconds }, async (arrival) => this.#garden(arrival), over),
      ]);
      await Promise.race([load, collecting.then(() => load)]);
      return this.#result(before, await this.#world.holds(signal), windows, collections);
    } finally {
      broken.abort(new Error('the phase is over'));
      await collecting.catch(() => undefined);
      windows.close();
      for (const sender of this.#senders) sender.close();
    }
  }

  async #push({ number, dueAt }: Arrival, { held }: WindowWatch): Promise<void> {
    const { touchEvery } = this.#options;
    const isToucher = touchEvery > 0 && number % touchEvery === 1;
    const touching = isToucher ? this.#pushes.touch(held) : undefined;
    await this.#send(number, touching ?? this.#pushes.fresh());
    this.#latencies[touching === undefined ? 'apart' : 'touching'].push(performance.now() - dueAt);
  }

  async #garden({ number }: Arrival): Promise<void> {
    const { push, remove } = this.#pushes.doomedTag();
    await this.#send(number, this.#pushes.strayBlob());
    await this.#send(number, push);
    this.#removals.push(remove);
    const removal = this.#removals.length > deletedAfter ? this.#removals.shift() : undefined;
    if (removal !== undefined) await this.#send(number, removal);
  }

  async #send(number: number, wanted: Wanted): Promise<void> {
    const what = `${wanted.method} ${wanted.path.includes('/blobs/') ? 'blob' : 'manifest'}`;
    const status = await this.#senders[number % this.#senders.length]?.send(wanted).catch(codeOf);
    const answer = `${what}: ${status}`;
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }

  #result(
    before: { readonly holds: Holds; readonly cpu: CpuTimes; readonly own: NodeJS.CpuUsage },
    holds: Holds,
    { windowsMs, candidates }: WindowWatch,
    { ended, removed, markSeconds }: Collections,
  ): PhaseResult {
    const { seconds } = this.#options;
    const [cpu, own] = [cpuTimes(), process.cpuUsage(before.own)];
    const total = cpu.total - before.cpu.total;
    const ownTicks = ((own.user + own.system) / 1e6) * ticksPerSecond;
    const acknowledged = holds.manifests - before.holds.manifests;
    return {
      perSecond: acknowledged / seconds,
      answers: Object.fromEntries([...this.#answers].toSorted()),
      pushes: spreadOf(this.#latencies.apart),
      touching: spreadOf(this.#latencies.touching),
      holds: since(before.holds, holds),
      windows: spreadOf(windowsMs),
      windowShare: windowsMs.reduce((sum, ms) => sum + ms, 0) / (seconds * 1000),
      candidates,
      collections: Object.fromEntries([...ended].toSorted()),
      removed,
      markSeconds,
      cpu: { busy: (cpu.busy - before.cpu.busy) / total, load: ownTicks / total },
    };
  }
}

/** The longest stays that of all the time since the start. */
function since(before: Holds, now: Holds): Holds {
  const negative = {
    ...before,
    within: new Map([...before.within].map(([bound, count]) => [bound, -count])),
    requests: -before.requests,
    manifests: -before.manifests,
  };
  return added(now, negative);
}

interface CpuTimes {
  readonly total: number;
  readonly busy: number;
}

const ticksPerSecond = 100;

/** Of the machine, others' work too, in ticks. */
function cpuTimes(): CpuTimes {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/) ?? [];
  const ticks = fields.slice(0, 8).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { total, busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
