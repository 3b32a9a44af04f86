import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';

const pollMs = 100;
const everything = { maxDeletesPerRun: 1_000_000, maxDeletePercent: 100 };

/** One collection after the other, each ordered from the next replica, as an operator orders them. */
export class Collections {
  /** By what came of them. */
  readonly ended = new Map<string, number>();
  removed = 0;
  spared = 0;
  markSeconds = 0;
  readonly #admins: readonly string[];
  /** An order of a name that was there before would answer with what came of that one. */
  readonly #name = `bench-${randomUUID().slice(0, 8)}`;
  #number = 0;

  constructor(admins: readonly string[]) {
    this.#admins = admins;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) await this.once(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async once(signal: AbortSignal): Promise<RunView> {
    const admin = this.#admins[this.#number % this.#admins.length] ?? '';
    const id = `${this.#name}-${(this.#number += 1)}`;
    const order: RunOrder = { id, mode: 'execute', input: { policies: [], requests: [], limits: everything } };
    const headers = { 'content-type': 'application/json' };
    let run = await ask(`${admin}/coppice/v1/runs`, { method: 'POST', headers, body: JSON.stringify(order), signal });
    while (run.ended === undefined) {
      await pause(pollMs, undefined, { signal });
      run = await ask(`${admin}/coppice/v1/runs/${id}`, { signal });
    }
    const { reason } = run.ended;
    this.ended.set(reason, (this.ended.get(reason) ?? 0) + 1);
    this.removed += run.sweep.removed;
    this.spared += run.sweep.spared;
    this.markSeconds = run.mark.seconds;
    return run;
  }
}

async function ask(url: string, init: RequestInit): Promise<RunView> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as RunView;
}
