import Type from 'typebox';
import { type LifeId, parseWindowId, type WindowId } from '../../core/window/identity.ts';
import type { DeletionOutcome, DeletionTarget } from '../repository/deletions.ts';
import { type RecordStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, digest, encode, life, parseName, repository, tag } from './codec.ts';

/*
 * A client's DELETE, as a record that changes its place. Each arrow is one exclusive move of one file, so that of all who want to decide about a request
 * only one does (looking first and removing then lost data in the model):
 *
 *   request/<id> ──claim──▶ claimed/<w>/<id> ──finish──▶ done/<id>.<w>.<outcome>    with done/<id>.<w>.referrers, made before, where some refer to it
 *        │                     │        ▲ └─claim, w over─▶ claimed/<w'>/<id>
 *        └──withdraw─┐         └─withdraw, w over─┐
 *                    ▼                            ▼
 *              withdrawn/<id>            withdrawn/<id>.claimed
 *
 * The outcome is in the name, so that the move that decides tells it as well: clients, and pushes of what the window holds, wait for it. The window is there too, because an
 * executor that slept through the end of its window may still write referrers: only those of the window whose executor won the last move count.
 */
export interface DeletionRequest {
  readonly id: string;
  /** The life that answers the client. Once it is fenced, has left or has no record, the request is withdrawn, not carried out. */
  readonly life: LifeId;
  readonly target: DeletionTarget;
}

export interface ClaimedRequest {
  readonly window: WindowId;
  readonly request: DeletionRequest;
}

export type RequestState =
  | { readonly is: 'open' }
  | { readonly is: 'claimed'; readonly window: WindowId }
  | { readonly is: 'done'; readonly outcome: DeletionOutcome }
  | { readonly is: 'withdrawn'; readonly from: 'open' | 'claimed' }
  | { readonly is: 'absent' };

/** Where a request lies: open, or claimed in a window. */
export type RequestPlace = 'open' | WindowId;

/** What an executor can say of a request; withdrawing is a move of its own. */
export type FinishedOutcome = Exclude<DeletionOutcome, { readonly is: 'withdrawn' }>;

const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,99}$' });
const requestSchema = closed({
  id,
  life,
  target: Type.Union([
    closed({ kind: Type.Literal('tag'), repository, tag, ifDangling: Type.Optional(digest) }),
    closed({ kind: Type.Literal('manifest'), repository, digest, ifWithoutBytes: Type.Optional(Type.Literal(true)) }),
    closed({ kind: Type.Literal('blob'), repository, digest }),
  ]),
});
const referrersSchema = closed({ referrers: Type.Array(digest) });
const outcomes = ['deleted', 'absent', 'referredTo'] as const satisfies readonly FinishedOutcome['is'][];

const limitBytes = 16 * 1024 * 1024;
const attempts = 5;

export class RequestStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Makes the request; ids are random and each is opened once. */
  async open(request: DeletionRequest, signal: AbortSignal): Promise<void> {
    const path = layout.request(request.id);
    if ((await this.#store.create(path, encode(request), signal)) === 'exists') {
      throw new StorageError(path, 'a request of this id is there already');
    }
  }

  async listOpen(signal: AbortSignal): Promise<readonly DeletionRequest[]> {
    return this.#readAll(layout.requests, layout.request, signal);
  }

  async listClaimed(signal: AbortSignal): Promise<readonly ClaimedRequest[]> {
    const claimed: ClaimedRequest[] = [];
    for (const window of await this.#windows(signal)) {
      const place = (name: string): string => layout.claimed(window, name);
      const requests = await this.#readAll(layout.claimedIn(window), place, signal);
      claimed.push(...requests.map((request) => ({ window, request })));
    }
    return claimed;
  }

  /** By an executor, before the compare-and-set that opens `into`. From another window only once that one is over. */
  async claim(id: string, from: RequestPlace, into: WindowId, signal: AbortSignal): Promise<'won' | 'lost'> {
    return this.#move(pathOf(id, from), layout.claimed(into, id), signal);
  }

  /** By the executor of `window`, while its gate stands, before the compare-and-set that leaves it. */
  async finish(id: string, window: WindowId, outcome: FinishedOutcome, signal: AbortSignal): Promise<'won' | 'lost'> {
    if (outcome.is === 'referredTo') {
      await this.#store.write(referrersPath(id, window), encode({ referrers: outcome.referrers }), signal);
    }
    return this.#move(layout.claimed(window, id), donePath(id, window, outcome.is), signal);
  }

  /** From open by whoever answers for it; from a window only once that one is over. */
  async withdraw(id: string, from: RequestPlace, signal: AbortSignal): Promise<'won' | 'lost'> {
    return this.#move(pathOf(id, from), withdrawnPath(id, from === 'open' ? 'open' : 'claimed'), signal);
  }

  /** Where the request stands now. It only goes forward, so what has moved on while it was looked for is found by looking again. */
  async find(id: string, signal: AbortSignal): Promise<RequestState> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const state = await this.#look(id, signal);
      if (state.is !== 'absent') return state;
    }
    return { is: 'absent' };
  }

  /** Once the client has its answer. */
  async forget(id: string, signal: AbortSignal): Promise<void> {
    for (const window of await this.#windows(signal)) {
      const how = await this.#howDone(id, window, signal);
      if (how !== undefined) await this.#store.discard(donePath(id, window, how), signal);
      await this.#store.discard(referrersPath(id, window), signal);
      if (how !== undefined) await this.#close(window, signal);
    }
    for (const from of ['open', 'claimed'] as const) await this.#store.discard(withdrawnPath(id, from), signal);
  }

  /** Takes away what nobody asked for since `before` (storage time, ms): answers of replicas that died, and folders of windows that are long over. */
  async tidy(before: number, signal: AbortSignal): Promise<void> {
    for (const { name } of (await this.#store.list(layout.doneRequests, signal)) ?? []) {
      if (name.includes('.')) await this.#discardOld(`${layout.doneRequests}/${name}`, before, signal); // keys of DeleteRequests have no dot, and stay
    }
    for (const { name } of (await this.#store.list(layout.withdrawnRequests, signal)) ?? []) {
      await this.#discardOld(`${layout.withdrawnRequests}/${name}`, before, signal);
    }
    for (const window of await this.#windows(signal)) {
      const claimed = (await this.#store.list(layout.claimedIn(window), signal)) ?? [];
      if (claimed.length === 0) await this.#discardOld(layout.claimedIn(window), before, signal);
    }
  }

  /**
   * With the last answer of a window its folder goes: whoever waits for a request looks through all of them. One that has answered claims nothing any more,
   * so what is in neither place, in this order, is forgotten.
   */
  async #close(window: WindowId, signal: AbortSignal): Promise<void> {
    if (((await this.#store.list(layout.claimedIn(window), signal)) ?? []).length > 0) return;
    const done = (await this.#store.list(layout.doneRequests, signal)) ?? [];
    if (done.some(({ name }) => name.includes(`.${window}.`))) return;
    await this.#store.discard(layout.claimedIn(window), signal);
  }

  async #discardOld(path: string, before: number, signal: AbortSignal): Promise<void> {
    const stat = await this.#store.stat(path, signal);
    if (stat !== undefined && stat.modifiedAt < before) await this.#store.discard(path, signal);
  }

  async #look(id: string, signal: AbortSignal): Promise<RequestState> {
    if (await this.#stands(layout.request(id), signal)) return { is: 'open' };
    for (const window of await this.#windows(signal)) {
      if (await this.#stands(layout.claimed(window, id), signal)) return { is: 'claimed', window };
      const how = await this.#howDone(id, window, signal);
      if (how === 'referredTo') return { is: 'done', outcome: await this.#referredTo(id, window, signal) };
      if (how !== undefined) return { is: 'done', outcome: { is: how } };
    }
    for (const from of ['open', 'claimed'] as const) {
      if (await this.#stands(withdrawnPath(id, from), signal)) return { is: 'withdrawn', from };
    }
    return { is: 'absent' };
  }

  async #howDone(id: string, window: WindowId, signal: AbortSignal): Promise<FinishedOutcome['is'] | undefined> {
    for (const how of outcomes) if (await this.#stands(donePath(id, window, how), signal)) return how;
    return undefined;
  }

  async #referredTo(id: string, window: WindowId, signal: AbortSignal): Promise<FinishedOutcome> {
    const path = referrersPath(id, window);
    const file = await this.#store.readSmall(path, limitBytes, signal);
    if (file === undefined)
      throw new StorageError(path, 'the referrers that kept a request from being done are not there');
    return { is: 'referredTo', ...decode(referrersSchema, path, file.bytes) };
  }

  async #readAll(
    folder: string,
    place: (id: string) => string,
    signal: AbortSignal,
  ): Promise<readonly DeletionRequest[]> {
    const requests: DeletionRequest[] = [];
    for (const { name } of (await this.#store.list(folder, signal)) ?? []) {
      if (name.startsWith('.')) continue;
      const file = await this.#store.readSmall(place(name), limitBytes, signal);
      if (file === undefined) continue; // moved on since it was listed
      const request = decode(requestSchema, place(name), file.bytes);
      if (request.id !== name) throw new StorageError(place(name), `not understood: the request ${request.id}`);
      requests.push(request);
    }
    return requests;
  }

  async #windows(signal: AbortSignal): Promise<readonly WindowId[]> {
    const entries = (await this.#store.list(layout.claims, signal)) ?? [];
    return entries
      .map(({ name }) => parseName(layout.claims, name, parseWindowId))
      .filter((window) => window !== undefined);
  }

  async #stands(path: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#store.stat(path, signal)) !== undefined;
  }

  async #move(from: string, to: string, signal: AbortSignal): Promise<'won' | 'lost'> {
    return (await this.#store.move(from, to, signal)) === 'moved' ? 'won' : 'lost';
  }
}

function pathOf(id: string, place: RequestPlace): string {
  return place === 'open' ? layout.request(id) : layout.claimed(place, id);
}

function donePath(id: string, window: WindowId, how: FinishedOutcome['is']): string {
  return layout.done(`${id}.${window}.${how}`);
}

function referrersPath(id: string, window: WindowId): string {
  return layout.done(`${id}.${window}.referrers`);
}

function withdrawnPath(id: string, from: 'open' | 'claimed'): string {
  return layout.withdrawn(from === 'open' ? id : `${id}.claimed`);
}
