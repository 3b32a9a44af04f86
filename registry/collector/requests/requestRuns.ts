import { isWindow } from '../../../core/window/gate.ts';
import type { RunId } from '../../../core/window/identity.ts';
import { isStillOurs } from '../run/ownMark.ts';
import { pause } from '../../window/waiting.ts';
import { Attempt, type Ended, type Work } from '../run/attempt.ts';
import type { CollectionSettings, RunPorts } from '../run/ports.ts';
import { RunProgress } from '../run/progress.ts';

/** A run of requests does not mark: it goes straight to its windows, and writes no suspects (G4). */
const noMark: Work = {
  mark: () => Promise.resolve('marked'),
  plan: () => Promise.resolve(false),
};

/** One run of requests: serves all that wait, window after window. With `overMarking` another's mark is thrown away for it. */
async function executeRequests(
  ports: RunPorts,
  settings: CollectionSettings,
  overMarking: boolean,
  signal: AbortSignal,
): Promise<Ended & { readonly run: RunId }> {
  const run = ports.freshRun();
  const { executor, mono } = ports;
  const progress = new RunProgress(
    { id: run, mode: 'execute', executor: executor.name, startedAt: 0 },
    { mono, write: () => Promise.resolve(), tell: () => undefined },
  );
  const runSettings = { run, executor, marks: false, overMarking, attemptMs: settings.attemptMs };
  const signals = { cancelled: signal, storage: signal };
  return { ...(await new Attempt(ports, settings, runSettings, noMark, progress, signals).run()), run };
}

const shortestWaitMs = 5;

/** Sees to it that a process's requests are carried out, by whom ever: by the executor that is at work, or by a run of its own. */
export class RequestRuns {
  readonly #ports: RunPorts;
  readonly #settings: CollectionSettings;
  readonly #signal: AbortSignal;
  readonly #failed: (error: unknown) => void;
  #waiting = 0;
  /** The gate still says MARKING of a run that we began and gave up, because lives had to be fenced. */
  #isOver = false;
  #going: Promise<void> | undefined;

  constructor(ports: RunPorts, settings: CollectionSettings, failed: (error: unknown) => void, signal: AbortSignal) {
    this.#ports = ports;
    this.#settings = settings;
    this.#failed = failed;
    this.#signal = signal;
  }

  /** While `work` waits for the outcome of a request, there are runs. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    this.#going ??= this.#run().finally(() => {
      this.#going = undefined;
    });
    try {
      return await work();
    } finally {
      this.#waiting--;
    }
  }

  /** Resolves when no run of this object is going on. */
  async idle(): Promise<void> {
    await this.#going;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting > 0 && !this.#signal.aborted) {
        if ((await this.#open()).size > 0) await this.#serve();
        // What is claimed by another's window, or on its way to its answer, needs nobody but time.
        if (this.#waiting > 0) await pause(this.#ports.timers, shortestWaitMs, this.#signal);
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(error); // those who wait withdraw when their time is over
    }
  }

  /**
   * An executor that marks has two polls' time to claim them itself; then its mark is thrown away. Each has its own time, and again after each one that it
   * claims: replicas that take the mark from one another while they claim would serve nobody. One that began over fenced lives first waits until no permit
   * of theirs can be valid, as would each that begins over it: so much longer it is left alone.
   */
  async #serve(): Promise<void> {
    const { stopped, result, run } = await executeRequests(this.#ports, this.#settings, this.#isOver, this.#signal);
    this.#isOver = result.is === 'fenced' && (await isStillOurs(this.#ports, run, this.#signal));
    if (stopped !== undefined) throw new Error(`a run of requests stopped: ${stopped.says}`);
    if (result.is !== 'busy' || isWindow(result.gate)) return;
    const { epoch, durations, fenced } = result.gate;
    const until = this.#ports.mono() + durations.permitTTLMs * (fenced.length > 0 ? 1.5 : 0.5);
    let open = await this.#open();
    while (this.#ports.mono() < until) {
      await pause(this.#ports.timers, shortestWaitMs, this.#signal);
      const stillOpen = await this.#open();
      if (stillOpen.size === 0 || (await this.#isClaimed(open.difference(stillOpen)))) return; // looks anew
      open = stillOpen;
      if ((await this.#ports.records.gates.read(this.#signal))?.epoch !== epoch) return;
    }
    await executeRequests(this.#ports, this.#settings, true, this.#signal);
  }

  async #open(): Promise<ReadonlySet<string>> {
    const requests = await this.#ports.records.requests.listOpen(this.#signal);
    return new Set(requests.map(({ id }) => id));
  }

  /** One that is withdrawn is open no more either, and nobody has served it. */
  async #isClaimed(ids: ReadonlySet<string>): Promise<boolean> {
    for (const id of ids) {
      const { is } = await this.#ports.records.requests.find(id, this.#signal);
      if (is === 'claimed' || is === 'done') return true;
    }
    return false;
  }
}
