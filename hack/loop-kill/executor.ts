import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { launcher } from '../load/replica.ts';

/** A collection after the other, each a process of its own on the storage, until it is told to stop; any of them may be killed or stopped. */
export class CollectorLoop {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #exits = new Map<string, number>();
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  start(signal: AbortSignal): void {
    this.#running = this.#run(signal);
  }

  send(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Lets the last collection end by itself. How often each exit was seen. */
  async stop(): Promise<ReadonlyMap<string, number>> {
    this.#isStopping = true;
    await this.#running;
    return this.#exits;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!this.#isStopping) {
      const child = spawn(process.execPath, [launcher, 'collect', ...this.#args], {
        stdio: 'ignore',
        env: { PATH: process.env['PATH'] },
        signal,
      });
      this.#child = child;
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      const exit = String(code ?? killedBy);
      this.#exits.set(exit, (this.#exits.get(exit) ?? 0) + 1);
      await pause(100, undefined, { signal });
    }
  }
}
