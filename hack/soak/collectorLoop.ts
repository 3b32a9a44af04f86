import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Tally } from '../load/tally.ts';

export interface CollectorSettings {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What came of one that ended by itself, in a word. */
  readonly endOf: (exitCode: number, printed: string) => string;
  /** Between two, ms. */
  readonly restMs: number;
}

/** A collection after the other, each a process of its own on the storage, until it is told to stop; any of them may be killed or stopped. */
export class CollectorLoop {
  readonly #settings: CollectorSettings;
  readonly #tally: Tally;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: CollectorSettings, tally: Tally) {
    this.#settings = settings;
    this.#tally = tally;
  }

  start(signal: AbortSignal): void {
    this.#isStopping = false;
    this.#running = this.#run(signal);
    this.#running.catch(() => undefined); // told by `stop`
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  send(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Lets the last collection end by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!this.#isStopping) {
      this.#tally.count('collection', await this.#collect(signal));
      await pause(this.#settings.restMs, undefined, { signal });
    }
  }

  /** What came of it, or what killed it. */
  async #collect(signal: AbortSignal): Promise<string> {
    const { command, args, env, endOf } = this.#settings;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, signal, killSignal: 'SIGKILL' });
    this.#child = child;
    const exited = new Promise<NodeJS.Signals | number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killedBy) => {
        resolve(killedBy ?? code ?? 0);
      });
    });
    const [exit, said, complained] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
    return typeof exit === 'string' ? exit : endOf(exit, `${said}${complained}`);
  }
}
