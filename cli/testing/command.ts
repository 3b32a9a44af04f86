import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../coppice.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Environment = Readonly<Record<string, string>>;

/** The command as a process of its own, as a person starts it; only what is given stands in its environment. */
export class Command {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #out: Promise<string>;
  readonly #err: Promise<string>;
  readonly #exit: Promise<unknown[]>;
  #seen = '';

  /** `input`: its standard input, which is closed after it. */
  constructor(args: readonly string[], environment: Environment = {}, cwd?: string, input?: string) {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    const where = cwd === undefined ? {} : { cwd };
    this.#child = spawn(process.execPath, [launcher, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'], ...where });
    this.#child.stdin.end(input);
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.#seen += chunk));
    this.#out = text(this.#child.stdout);
    this.#err = text(this.#child.stderr);
    this.#exit = once(this.#child, 'exit');
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  /** Resolves with the first line of the output that matches; rejects if the process ends before. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#seen.split('\n').find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const ended = await Promise.race([once(this.#child.stdout, 'data'), this.#exit.then(() => 'ended' as const)]);
      if (ended === 'ended') throw new Error(`the process ended before it said ${String(pattern)}: ${await this.#err}`);
    }
  }

  async ended(): Promise<Ended> {
    const [out, err] = await Promise.all([this.#out, this.#err]);
    await this.#exit;
    return { code: this.#child.exitCode, out, err };
  }
}

export function coppice(args: readonly string[], environment: Environment = {}): Promise<Ended> {
  return new Command(args, environment).ended();
}
