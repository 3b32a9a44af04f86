import type { Gate } from '../../../core/window/gate.ts';
import { isWindow } from '../../../core/window/gate.ts';
import type { RunId } from '../../../core/window/identity.ts';
import { TokenLog } from '../../../core/window/journal.ts';
import { startRun, stepRun } from '../../../core/window/run/machine.ts';
import type { RunEffect, RunEvent, RunResult, RunSettings, RunState } from '../../../core/window/run/state.ts';
import { Handshake } from './handshake.ts';
import type { CollectionSettings, RunPorts } from './ports.ts';
import type { RunProgress } from './progress.ts';
import { Stop, stopOf, type Stopped } from './stop.ts';
import { Windows } from './windows.ts';

/** An outcome without its time. */
type Outcome = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'now'> : never) : never;

/** What a run does between its windows. */
export interface Work {
  /** Goes on with the mark until it is complete or `interrupted` says that somebody waits. */
  mark(bound: number, interrupted: () => Promise<boolean>): Promise<'marked' | 'requestsWait'>;
  /** Whether what it planned may be carried out. */
  plan(windows: Windows): Promise<boolean>;
}

/** What came of one attempt. */
export interface Ended {
  readonly result: RunResult;
  /** Why, where the shell stopped it. */
  readonly stopped: Stopped | undefined;
}

/** One run of the protocol's state machine: performs its effects, one at a time, and tells it what came of each. */
export class Attempt {
  readonly #ports: RunPorts;
  readonly #settings: RunSettings;
  readonly #work: Work;
  readonly #progress: RunProgress;
  readonly #cancelled: AbortSignal;
  readonly #handshake: Handshake;
  readonly #windows: Windows;
  #stopped: Ended['stopped'];
  #touched = TokenLog.empty;
  #storageNow = 0;

  /** `cancelled` ends it in order; `signal` is of the storage's calls, and ends it where it stands. */
  constructor(
    ports: RunPorts,
    collection: CollectionSettings,
    settings: RunSettings,
    work: Work,
    progress: RunProgress,
    signals: { readonly cancelled: AbortSignal; readonly storage: AbortSignal },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#work = work;
    this.#progress = progress;
    this.#cancelled = signals.cancelled;
    this.#handshake = new Handshake(ports, signals.storage);
    this.#windows = new Windows(ports, collection, progress, signals.storage);
  }

  async run(): Promise<Ended> {
    let step = startRun();
    while (step.effect !== undefined) {
      this.#progress.at(step.state.at);
      const outcome = await this.#outcomeOf(step.effect, step.state);
      await this.#progress.beat();
      step = stepRun(step.state, { now: this.#ports.mono(), ...outcome }, this.#settings);
    }
    await this.#ports.records.gates.landed();
    if (step.state.at !== 'ended') throw new Error(`a run that is ${step.state.at} asks for nothing`);
    return { result: step.state.result, stopped: this.#stopped };
  }

  /** What ends a run in order becomes an event; a fault of ours does not, and leaves a window to lapse. */
  async #outcomeOf(effect: RunEffect, state: RunState): Promise<Outcome> {
    try {
      if (this.#cancelled.aborted && beginsSomething.has(effect.do)) throw new Stop('Cancelled', 'it was cancelled');
      return await this.#perform(effect, state);
    } catch (error) {
      this.#stopped ??= stopOf(error);
      return { on: 'stop', why: this.#stopped.says };
    }
  }

  async #perform(effect: RunEffect, state: RunState): Promise<Outcome> {
    switch (effect.do) {
      case 'readGate':
        return { on: 'gate', gate: await this.#handshake.readGate() };
      case 'wait':
        await this.#handshake.wait();
        return { on: 'waited' };
      case 'casGate':
        return { on: 'cas', won: await this.#cas(effect.to) };
      case 'closeDoor':
        await this.#handshake.closeDoor(effect.window);
        return { on: 'doorClosed' };
      case 'fence':
        await this.#handshake.fence(effect.lives, effect.waitMs);
        return { on: 'fenced' };
      case 'tidy':
        await this.#handshake.tidy(effect.epoch, gateOf(state).durations.windowMs);
        return { on: 'tidied' };
      case 'readMembers':
        return this.#readMembers(effect.run, effect.read);
      case 'mark':
        return { on: await this.#work.mark(this.#storageNow, () => this.#isInterrupted()) };
      case 'plan':
        return { on: 'planned', proceed: await this.#work.plan(this.#windows) };
      case 'chooseBatch': {
        const batch = await this.#windows.choose(gateOf(state), effect.requestsOnly);
        return batch === undefined ? { on: 'noBatch' } : { on: 'batch', batch };
      }
      case 'spare':
        return { on: 'spared', left: await this.#windows.spare(this.#touched, this.#storageNow) };
      case 'removeNext':
        return this.#removeNext(gateOf(state));
      case 'settle':
        await this.#windows.settle();
        return { on: 'settled' };
    }
  }

  async #cas(to: Gate): Promise<boolean> {
    const won = await this.#handshake.cas(to);
    if (won && !isWindow(to)) this.#windows.ended();
    return won;
  }

  async #readMembers(run: RunId, read: Extract<RunEffect, { do: 'readMembers' }>['read']): Promise<Outcome> {
    const { members, storageNow } = await this.#handshake.readMembers(run, read);
    for (const { touched } of members) this.#touched = this.#touched.with(touched);
    this.#storageNow = storageNow;
    return { on: 'members', members, storageNow };
  }

  /** The look at the gate saves work that the storage would refuse anyhow. */
  async #removeNext(gate: Gate): Promise<Outcome> {
    const now = await this.#handshake.readGate();
    if (now.epoch !== gate.epoch) return { on: 'windowOver' };
    const { removal, more } = await this.#windows.removeNext(this.#storageNow);
    return removal === 'windowOver' ? { on: 'windowOver' } : { on: 'removed', more };
  }

  async #isInterrupted(): Promise<boolean> {
    if (this.#cancelled.aborted) throw new Stop('Cancelled', 'it was cancelled');
    await this.#progress.beat();
    return this.#windows.requestsWait();
  }
}

/** Everything else finishes what has begun. */
const beginsSomething: ReadonlySet<RunEffect['do']> = new Set([
  ...(['readGate', 'wait', 'readMembers', 'mark', 'plan', 'chooseBatch', 'spare', 'removeNext'] as const),
]);

function gateOf(state: RunState): Gate {
  if ('gate' in state) return state.gate;
  throw new Error(`a run that is ${state.at} has no gate`);
}
