import { Worker } from 'node:worker_threads';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { RunId } from '../../../core/window/identity.ts';
import { errorOf } from './failure.ts';
import type { Marker } from './marker.ts';
import type { Answer, Call, Question, WorkerOrder } from './messages.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A marker in a thread of its own, which begins with the first question: a run that finds the gate busy asks none, and a busy registry has many of these.
 * However that thread ends, every question has an answer: its end is a failure of whatever still waits.
 */
export class ThreadMarker implements Marker {
  readonly #order: WorkerOrder;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended: Error | undefined;

  constructor(order: WorkerOrder) {
    this.#order = order;
  }

  mark(order: Parameters<Marker['mark']>[0]): ReturnType<Marker['mark']> {
    return this.#ask('mark', order);
  }
  plan(order: Parameters<Marker['plan']>[0]): ReturnType<Marker['plan']> {
    return this.#ask('plan', order);
  }
  planEach(order: Parameters<Marker['planEach']>[0]): ReturnType<Marker['planEach']> {
    return this.#ask('planEach', order);
  }
  nextPlan(): ReturnType<Marker['nextPlan']> {
    return this.#ask('nextPlan', undefined);
  }
  choose(limit: number): ReturnType<Marker['choose']> {
    return this.#ask('choose', limit);
  }
  spare(order: Parameters<Marker['spare']>[0]): ReturnType<Marker['spare']> {
    return this.#ask('spare', order);
  }
  remember(run: RunId): ReturnType<Marker['remember']> {
    return this.#ask('remember', run);
  }
  next(most: Parameters<Marker['next']>[0]): ReturnType<Marker['next']> {
    return this.#ask('next', most);
  }
  told(last: Parameters<Marker['told']>[0]): ReturnType<Marker['told']> {
    return this.#ask('told', last);
  }
  reached(digests: Parameters<Marker['reached']>[0]): ReturnType<Marker['reached']> {
    return this.#ask('reached', digests);
  }
  audit(): ReturnType<Marker['audit']> {
    return this.#ask('audit', undefined);
  }

  async close(): Promise<void> {
    this.#end(new Doubt('the mark', 'was ended'));
    await this.#worker?.terminate();
  }

  #ask<C extends Call>(call: C, input: Parameters<Marker[C]>[0]): ReturnType<Marker[C]> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#ended === undefined) {
      const question = { id: ++this.#asked, call, input } as Question;
      this.#waiting.set(question.id, { resolve, reject });
      this.#worker ??= this.#begin();
      this.#worker.postMessage(question);
    } else {
      reject(this.#ended);
    }
    // The other side is our own `worker.ts`, which answers with what `Marker` says.
    return promise as ReturnType<Marker[C]>;
  }

  #begin(): Worker {
    const worker = new Worker(workerFile, { workerData: this.#order });
    worker.on('message', (answer: Answer) => {
      this.#take(answer);
    });
    worker.on('error', (error) => {
      this.#end(new Doubt('the mark', 'its thread failed', { cause: error }));
    });
    worker.on('exit', (code) => {
      this.#end(new Doubt('the mark', `its thread ended with code ${code}`));
    });
    return worker;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.is === 'answer') waiting?.resolve(answer.value);
    else waiting?.reject(errorOf(answer.failure));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}

/** Beside this file, with the ending that this file has: `.ts` from a checkout, `.js` once built. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
