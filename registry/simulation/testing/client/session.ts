import { Refused } from '../../../window/admission.ts';
import { StorageError } from '../../../storage/driver.ts';
import type { Chance } from '../kernel/chance.ts';
import type { History } from '../kernel/history.ts';
import { ConnectionLost } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { Judge } from '../model/judge.ts';
import type { Server } from '../registry/server.ts';
import { DiskError } from '../storage/node.ts';
import type { Catalogue } from './catalogue.ts';

/** What clients share. */
export interface ClientWorld {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly history: History;
  readonly judge: Judge;
  readonly catalogue: Catalogue;
  /** Those that serve now. */
  readonly servers: () => readonly Server[];
  /** So many requests are given up half way by their clients. */
  readonly hangUps: () => number;
  readonly undoMs: number;
  /** Whether the storage fails at times, loses answers, or what was not synced. */
  readonly mayFail: boolean;
  /** Whether what a mark reads may be wrong, or not readable. */
  readonly mayDeceive: boolean;
  readonly stir: Stir;
}

/** Wakes clients that rest: what a run is about to remove should be pushed meanwhile. */
export class Stir {
  #next = Promise.withResolvers<undefined>();

  get next(): Promise<undefined> {
    return this.#next.promise;
  }

  now(): void {
    this.#next.resolve(undefined);
    this.#next = Promise.withResolvers<undefined>();
  }
}

/** What came of a request, as its client sees it. `none`: no answer, or one that says nothing (429, 500, 503). */
export type Answer<T> =
  { readonly is: 'answer'; readonly value: T } | { readonly is: 'none'; readonly refused: boolean };

/** One request to one replica. */
export interface Request<T> {
  readonly from: number;
  readonly fromMs: number;
  readonly answer: Answer<T>;
}

/** A client with its connections. */
export class Session {
  readonly name: string;
  readonly world: ClientWorld;

  constructor(name: string, world: ClientWorld) {
    this.name = name;
    this.world = world;
  }

  say(what: string): void {
    this.world.history.say(this.name, what);
  }

  /** Asks any replica; each request may go to another. `undefined` answers are answers. */
  async ask<T>(what: string, work: (server: Server, signal: AbortSignal) => Promise<T>): Promise<Request<T>> {
    const { scheduler, chance, history } = this.world;
    const [from, fromMs] = [scheduler.moment(), scheduler.now];
    const servers = this.world.servers();
    if (servers.length === 0) {
      await scheduler.sleep(chance.around(100));
      return { from, fromMs, answer: { is: 'none', refused: true } };
    }
    const server = chance.pick(servers);
    this.say(`asks ${server.process.name}: ${what}`);
    const answer = await this.#answerOf(server, work);
    this.say(`hears of ${what}: ${answer.is === 'answer' ? textOf(answer.value) : 'nothing that counts'}`);
    history.count(`${what.split(' ', 1)[0] ?? ''}: ${answer.is === 'answer' ? kindOf(answer.value) : answer.is}`);
    return { from, fromMs, answer };
  }

  async #answerOf<T>(server: Server, work: (server: Server, signal: AbortSignal) => Promise<T>): Promise<Answer<T>> {
    const { chance, scheduler } = this.world;
    const hangingUp = new AbortController();
    if (chance.happens(this.world.hangUps())) {
      scheduler.after(chance.around(10), () => {
        hangingUp.abort(new ConnectionLost('the client hung up'));
      });
    }
    try {
      return { is: 'answer', value: await Promise.race([work(server, hangingUp.signal), server.process.gone]) };
    } catch (error) {
      return { is: 'none', refused: this.#mayBe(error) };
    }
  }

  /** Whether it was refused in order. A fault of the program is none of these, and is what a simulation is for. */
  #mayBe(error: unknown): boolean {
    if (error instanceof Refused) return true;
    const isAborted = error instanceof Error && error.name === 'AbortError'; // by its client, who hung up
    const isStorages = error instanceof StorageError || error instanceof DiskError; // a stream says what the disk says
    // Its upload may have been given up, and be gone, while the replica that wrote it stood still.
    const isUploads = error instanceof StorageError && error.path.includes('/_uploads/');
    const isKnown = isAborted || isUploads || error instanceof ConnectionLost || (isStorages && this.world.mayFail);
    if (!isKnown) this.world.judge.faulted(error);
    return false;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'absent';
  if (typeof value === 'string') return value;
  return typeof value === 'object' && 'is' in value && typeof value.is === 'string' ? value.is : 'found';
}

function textOf(value: unknown): string {
  const kind = kindOf(value);
  const digest = typeof value === 'object' && value !== null && 'digest' in value ? value.digest : undefined;
  return typeof digest === 'string' ? `${kind} ${digest.slice(7, 19)}` : kind;
}
