import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface ServerSettings {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What the process prints goes to the end of this file. */
  readonly log: string;
  /** Answers with success once the server is ready; or asks it, and rejects while nobody answers. */
  readonly ready: string | ((signal: AbortSignal) => Promise<boolean>);
}

/** What a program of ours needs of our own environment: nothing of it but where programs are, and where Node keeps what it has compiled. */
export function startEnvironment(): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE };
}

/** Long, for a machine that has ten other things to do. */
const readyWithinMs = 90_000;

/** A server as a process of its own, which can be stopped, continued and killed at any moment. */
export class ServerProcess {
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;
  /** Sent by `end`. */
  #endedBy: NodeJS.Signals | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  /** Of the process that was started last. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves once it answers; a process that ends before, or does not answer in time, rejects with the end of its log. */
  async start(signal: AbortSignal): Promise<void> {
    const { command, args, env, log } = this.#settings;
    const file = openSync(log, 'a');
    const child = spawn(command, args, { stdio: ['ignore', file, file], env });
    closeSync(file);
    this.#child = child;
    this.#endedBy = undefined;
    await this.#answers(child, signal);
  }

  send(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends the process, a stopped one too, and waits until it is gone. The exit code, if it ended by itself. */
  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    if (!hasExited(child)) {
      this.#endedBy = signal;
      const exited = once(child, 'exit');
      child.kill(signal);
      child.kill('SIGCONT');
      await exited;
    }
    return child.exitCode ?? undefined;
  }

  /** Resolves when it is gone by itself. */
  async gone(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && !hasExited(child)) await once(child, 'exit');
  }

  /** Why it does not run, with the end of its log; `undefined` while it does. */
  async whyGone(): Promise<string | undefined> {
    const { name } = this.#settings;
    if (this.#child === undefined) return `${name} was never started`;
    if (!hasExited(this.#child)) return undefined;
    return `${name} ${this.#ending(this.#child)}:\n${await this.lastWords()}`;
  }

  async lastWords(lines = 15): Promise<string> {
    return (await readFile(this.#settings.log, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
  }

  async #answers(child: ChildProcess, signal: AbortSignal): Promise<void> {
    const { ready, name } = this.#settings;
    const deadline = performance.now() + readyWithinMs;
    while (performance.now() < deadline && !hasExited(child)) {
      try {
        if (typeof ready === 'string' ? (await fetch(ready, { signal })).ok : await ready(signal)) return;
      } catch {
        signal.throwIfAborted(); // not listening yet
      }
      await pause(25, undefined, { signal });
    }
    throw new Error((await this.whyGone()) ?? `${name} runs and does not answer:\n${await this.lastWords()}`);
  }

  #ending({ exitCode, signalCode }: ChildProcess): string {
    if (this.#endedBy !== undefined) return `was ended with ${this.#endedBy}`;
    return signalCode === null ? `ended by itself, exit code ${exitCode}` : `was killed by somebody, ${signalCode}`;
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
