import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { layout } from '../../registry/storage/layout.ts';
import { launcher } from '../load/replica.ts';

/** A collection that was stopped (SIGSTOP) in the midst of its window, as by a machine that freezes: what the window holds waits until it goes on or lapses. */
export class HeldWindow {
  readonly #collection: ChildProcess;

  /** `args` of `coppice`, for a run on `storage` itself. Rejects if the run ends and no window of it was caught. */
  static async open(storage: string, args: readonly string[], signal: AbortSignal): Promise<HeldWindow> {
    const env = { PATH: process.env['PATH'] };
    const collection = spawn(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      while (!isHolding(storage)) {
        const { exitCode, signalCode } = collection;
        if (exitCode !== null || signalCode !== null)
          throw new Error(`the run ended with ${exitCode ?? signalCode}, unseen`);
        signal.throwIfAborted();
        await turn();
      }
      collection.kill('SIGSTOP');
      if (!isHolding(storage)) throw new Error('the window was over before the run was stopped');
      return new HeldWindow(collection);
    } catch (error) {
      await gone(collection);
      throw error;
    }
  }

  private constructor(collection: ChildProcess) {
    this.#collection = collection;
  }

  /** The collection goes on, to its end; the exit code. */
  async goOn(): Promise<number | null> {
    const exited = once(this.#collection, 'exit');
    this.#collection.kill('SIGCONT');
    await exited;
    return this.#collection.exitCode;
  }

  /** Where it did not go on, it never does. */
  async end(): Promise<void> {
    await gone(this.#collection);
  }
}

/** Whether the newest gate holds anything, read as often as it can be: windows are over in milliseconds. */
function isHolding(storage: string): boolean {
  const gates = join(storage, layout.gates);
  const newest = readdirSync(gates)
    .filter((name) => /^\d+$/.test(name))
    .toSorted()
    .at(-1);
  return newest !== undefined && /"phase": *"(?:HOLDING|SWEEPING)"/.test(readFileSync(join(gates, newest), 'utf8'));
}

async function gone(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}
