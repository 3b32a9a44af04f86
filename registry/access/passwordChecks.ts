import { createHmac } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Recent } from '../repository/recent.ts';
import type { PasswordAnswer, PasswordQuestion } from './passwordWorker.ts';

/** A claim to be somebody, and the hash of bcrypt that decides it. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordCheckPorts {
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  /** Bytes that nobody can guess. */
  readonly random: (count: number) => Uint8Array;
  /** Aborted at the end, when nobody is served any more. */
  readonly running: AbortSignal;
}

const mostWaiting = 64;
const mostKnown = 10_000;
const knownMs = 5 * 60_000;

/**
 * Checks passwords in a thread of its own. What was right stays known for five minutes under a keyed hash of name, password and stored hash: a changed line of
 * the file makes another key. What was wrong is checked each time.
 */
export class PasswordChecks {
  readonly #ports: PasswordCheckPorts;
  readonly #key: Uint8Array;
  /** When each was checked. */
  readonly #known = new Recent<string, number>(mostKnown);
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #waiting = new Map<number, PromiseWithResolvers<boolean>>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(ports: PasswordCheckPorts) {
    this.#ports = ports;
    this.#key = ports.random(32);
  }

  /** Rejects when the thread fails, and with the end of `running`. */
  async check(credentials: Credentials): Promise<'right' | 'wrong' | 'busy'> {
    const pair = this.#pairOf(credentials);
    const since = this.#known.get(pair);
    if (since !== undefined && this.#ports.mono() - since < knownMs) return 'right';
    // Clients open several connections at once, with the same name.
    const running = this.#running.get(pair);
    if (running === undefined && this.#running.size >= mostWaiting) return 'busy';
    return (await (running ?? this.#run(pair, credentials))) ? 'right' : 'wrong';
  }

  async #run(pair: string, credentials: Credentials): Promise<boolean> {
    this.#ports.running.throwIfAborted();
    const checked = this.#ask(credentials);
    this.#running.set(pair, checked);
    try {
      const matches = await checked;
      if (matches) this.#known.set(pair, this.#ports.mono());
      return matches;
    } finally {
      this.#running.delete(pair);
    }
  }

  #pairOf({ user, password, hash }: Credentials): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password, hash]))
      .digest('base64');
  }

  async #ask({ password, hash }: Credentials): Promise<boolean> {
    const answer = Promise.withResolvers<boolean>();
    const question: PasswordQuestion = { id: ++this.#asked, password, hash };
    this.#waiting.set(question.id, answer);
    this.#worker ??= this.#start();
    this.#worker.postMessage(question);
    return answer.promise;
  }

  #start(): Worker {
    const { running } = this.#ports;
    const worker = new Worker(workerFile);
    worker.unref(); // nobody waits for it alone
    worker.on('message', ({ id, matches }: PasswordAnswer) => {
      this.#waiting.get(id)?.resolve(matches);
      this.#waiting.delete(id);
    });
    const end = (why: Error): void => {
      if (this.#worker === worker) this.#worker = undefined; // the next question starts another
      for (const waiting of this.#waiting.values()) waiting.reject(why);
      this.#waiting.clear();
    };
    worker.on('error', (cause) => {
      end(new Error('the thread of the password checks failed', { cause }));
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) end(new Error(`the thread of the password checks ended with code ${code}`));
    });
    const stop = (): void => {
      end(running.reason as Error);
      void worker.terminate(); // its end is told by `exit`
    };
    running.addEventListener('abort', stop, { once: true });
    worker.once('exit', () => {
      running.removeEventListener('abort', stop);
    });
    return worker;
  }
}

/** Beside this file, with the ending that this file has: `.ts` from a checkout, `.js` once built. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './passwordWorker.ts' : './passwordWorker.js',
  import.meta.url,
);
