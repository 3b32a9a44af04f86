import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** What the admin API says of a run, as far as it is looked at. */
interface Run {
  readonly ended?: { readonly reason: string; readonly message: string };
  readonly progress: { readonly phase: string; readonly done: number };
}

const lookMs = 5;
/** Brakes are not what is attacked, and a small storage has them on at once. */
const limits = { maxDeletesPerRun: 1_000_000, maxDeletePercent: 100 };

/** Collections that a replica carries out, ordered through its admin API. */
export class Runs {
  readonly #base: URL;

  constructor(admin: string) {
    this.#base = new URL('/coppice/v1/runs', admin);
  }

  /** Orders collections until one of them removes something, and says whether that came to pass in time. */
  async beginSweep(patienceMs: number, signal: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      for await (const run of this.#watch(signal)) {
        if (run.progress.phase === 'Sweeping' && run.progress.done > 0) return true;
        if (performance.now() > deadline) return false;
      }
      await pause(100, undefined, { signal });
    }
    return false;
  }

  /** One collection to its end; why it ended. */
  async complete(signal: AbortSignal): Promise<string> {
    let last: Run | undefined;
    for await (const run of this.#watch(signal)) last = run;
    const { reason, message } = last?.ended ?? { reason: 'not begun', message: '' };
    return reason === 'Completed' ? reason : `${reason}: ${message}`;
  }

  /** What is said of a new run until it has ended. */
  async *#watch(signal: AbortSignal): AsyncGenerator<Run, undefined> {
    const id = `cut-${randomUUID()}`;
    const order = { id, mode: 'execute', input: { policies: [], requests: [], limits } };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(order);
    const begun = await fetch(this.#base, { method: 'POST', headers, body, signal });
    if (begun.status === 503) return undefined; // it has only just been started
    if (!begun.ok) throw new Error(`a run cannot be ordered: ${begun.status} ${await begun.text()}`);
    for (;;) {
      const run = (await (await fetch(`${this.#base.href}/${id}`, { signal })).json()) as Run;
      yield run;
      if (run.ended !== undefined) return undefined;
      await pause(lookMs, undefined, { signal });
    }
  }
}
