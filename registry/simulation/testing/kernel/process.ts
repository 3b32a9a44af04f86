import type { Timers } from '../../../window/ports.ts';
import type { Chance } from './chance.ts';
import type { History } from './history.ts';
import type { Scheduler } from './scheduler.ts';

/** Where a program's calls to its operating system go: each is one step, and whatever else goes on comes between two. */
export interface Calls {
  /** Does `effect` once the time has come, and then answers. */
  step<T>(call: string, about: string, effect: () => T): Promise<T>;
  /** A word of the kernel's to the process: late, and sometimes lost. */
  hear(word: () => void): void;
}

/** How long calls take, and what goes wrong with them. Times in ms. */
export interface Weather {
  readonly callMs: number;
  /** So many calls stall for so long. */
  readonly stalls: number;
  readonly stallMs: number;
  /** So many calls fail as a disk fails, half of them after they took effect. */
  readonly failures: number;
}

export interface Machine {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly history: History;
  /** Asked at each call: the weather may change. */
  readonly weather: () => Weather;
  /** Asked before each call: for how long its process is stopped right there, before the call takes effect, ms. */
  readonly ambush: (call: string, about: string) => number;
  /** An error as the operating system's. */
  readonly failure: (call: string) => Error;
}

/** The process is gone: whoever talked to it hears nothing but this. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What a timer waits at least when it looks again: what rounding leaves of a clock could be less than moves it, and the world would wait for ever. */
const leastMs = 0.001;

/**
 * A process whose every step is an event. Killed, none of its code ever runs again, wherever it was; what it had asked of the storage may still happen.
 * Paused, it is as a stopped process is: time goes on and it does not notice.
 */
export class SimulatedProcess implements Calls {
  readonly name: string;
  /** Rejects when the process is gone. */
  readonly gone: Promise<never>;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly #end = Promise.withResolvers<never>();
  /** Its clock runs a little fast or slow. */
  readonly #rate: number;
  readonly #offset: number;
  #frozenMs = 0;
  #pausedUntil = 0;
  #holdsCalls = false;
  #state: 'lives' | 'killed' | 'cut' = 'lives';

  constructor(name: string, machine: Machine) {
    this.name = name;
    this.#machine = machine;
    this.#chance = machine.chance;
    this.#rate = 1 + this.#chance.between(-0.0005, 0.0005);
    this.#offset = this.#chance.between(0, 1_000_000);
    this.gone = this.#end.promise;
    this.gone.catch(() => undefined);
  }

  get isAlive(): boolean {
    return this.#state === 'lives';
  }

  readonly mono = (): number => this.#offset + (this.#machine.scheduler.now - this.#frozenMs) * this.#rate;

  readonly timers: Timers = {
    after: (ms, run) => {
      const due = this.mono() + ms;
      let isCancelled = false;
      const fire = (): void => {
        if (isCancelled || !this.isAlive) return;
        const left = due - this.mono();
        if (this.#isPaused || left > 0) this.#later(Math.max(this.#pauseLeft, left / this.#rate, leastMs), fire);
        else run();
      };
      this.#later(ms / this.#rate + this.#chance.around(0.2), fire);
      return { cancel: () => void (isCancelled = true) };
    },
  };

  step<T>(call: string, about: string, effect: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (!this.isAlive) return promise;
    const ambushMs = this.#machine.ambush(call, about);
    if (ambushMs > 0) this.pause(ambushMs, { freezes: this.#chance.happens(0.5), holdsCalls: true });
    this.#machine.scheduler.afterSilently(this.#latency() / 2, () => {
      this.#whenCallsRun(() => {
        const settle = this.#outcomeOf(call, about, effect, resolve, reject);
        this.#later(this.#latency() / 2, () => {
          this.whenRunning(settle);
        });
      });
    });
    return promise;
  }

  hear(word: () => void): void {
    if (this.#chance.happens(0.2)) return;
    this.#later(this.#chance.around(1), () => {
      this.whenRunning(word);
    });
  }

  /** What it had asked for may still happen, unless it went down with the storage. */
  end(how: 'killed' | 'cut'): void {
    if (!this.isAlive) return;
    this.#state = how;
    this.#end.reject(new ConnectionLost(`${this.name} was ${how}`));
  }

  /** `freezes`: its clock stands, too, as that of a virtual machine does. `holdsCalls`: what it asks for waits as well. */
  pause(ms: number, { freezes, holdsCalls }: { readonly freezes: boolean; readonly holdsCalls: boolean }): void {
    if (!this.isAlive || this.#isPaused) return;
    this.#machine.history.say(this.name, `stands still for ${ms.toFixed(0)} ms`);
    this.#pausedUntil = this.#machine.scheduler.now + ms;
    this.#holdsCalls = holdsCalls;
    if (freezes) this.#frozenMs += ms;
  }

  /** Now, or once it is not paused any more; never if it is gone. */
  whenRunning(go: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused) {
      this.#later(this.#pauseLeft + this.#chance.around(1), () => {
        this.whenRunning(go);
      });
    } else go();
  }

  /** The call takes effect, or fails as a disk fails, half of the times after it took effect; what its process will hear of it. */
  #outcomeOf<T>(
    call: string,
    about: string,
    effect: () => T,
    resolve: (result: T) => void,
    reject: (error: Error) => void,
  ): () => void {
    const { failure, history, weather } = this.#machine;
    const fails = this.#chance.happens(weather().failures);
    const fail = (): void => {
      reject(failure(call));
    };
    if (fails && this.#chance.happens(0.5)) return fail;
    history.call(this.name, call, about);
    try {
      const result = effect();
      const succeed = (): void => {
        resolve(result);
      };
      return fails ? fail : succeed;
    } catch (error) {
      return () => {
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    }
  }

  get #isPaused(): boolean {
    return this.#pauseLeft > 0;
  }

  get #pauseLeft(): number {
    return this.#pausedUntil - this.#machine.scheduler.now;
  }

  /** What a process that was killed had asked for happens half of the times. */
  #whenCallsRun(go: () => void): void {
    if (this.#state === 'cut' || (this.#state === 'killed' && this.#chance.happens(0.5))) return;
    if (this.isAlive && this.#holdsCalls && this.#isPaused) {
      this.#machine.scheduler.afterSilently(this.#pauseLeft + this.#chance.around(1), () => {
        this.#whenCallsRun(go);
      });
    } else go();
  }

  #later(ms: number, run: () => void): void {
    this.#machine.scheduler.after(ms, run);
  }

  #latency(): number {
    const { callMs, stalls, stallMs } = this.#machine.weather();
    return this.#chance.around(this.#chance.happens(stalls) ? stallMs : callMs);
  }
}
