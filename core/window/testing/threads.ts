import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Threads of one module, which answers each message with one. What is asked goes to the first that is idle. */
export class Threads<Question, Answer> {
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.#idle = [...workers];
  }

  static start<Question, Answer>(module: URL, count: number): Threads<Question, Answer> {
    return new Threads(Array.from({ length: count }, () => new Worker(module)));
  }

  /** Rejects with what the thread threw; its module is not asked again then. */
  async ask(question: Question): Promise<Answer> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    worker.postMessage(question);
    const [answer] = (await once(worker, 'message')) as [Answer]; // of our own module; an error of the thread rejects
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
    return answer;
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => worker.terminate()));
  }
}
