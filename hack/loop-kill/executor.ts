import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { launcher } from '../load/replica.ts';

/** A collection after the other, each a process of its own on the storage, until it is told to stop; any of them may be killed or stopped. */
export class CollectorLoop {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  readonly #ends = new Map<string, number>();
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

  /** Lets the last collection end by itself. How often each end was seen. */
  async stop(): Promise<ReadonlyMap<string, number>> {
    this.#isStopping = true;
    await this.#running;
    return this.#ends;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!this.#isStopping) {
      const end = await this.#collect(signal);
      this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
      await pause(100, undefined, { signal });
    }
  }

  /** The reason that the run gives, or what killed it. */
  async #collect(signal: AbortSignal): Promise<string> {
    const env = { PATH: process.env['PATH'] };
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const child = spawn(process.execPath, [launcher, 'collect', ...this.#args, '-o', 'json'], { stdio, env, signal });
    this.#child = child;
    const exited = new Promise<NodeJS.Signals | number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killedBy) => {
        resolve(killedBy ?? code);
      });
    });
    const [exit, said, complained] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
    const reason = /"reason": "(\w+)"/.exec(said)?.[1];
    return reason ?? (typeof exit === 'string' ? exit : complained.trim().slice(0, 200));
  }
}
