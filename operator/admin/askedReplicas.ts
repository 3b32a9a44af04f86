import { Problem, problems } from '../../core/admin/problem.ts';
import type { Protect, RunOrder, RunView } from '../../core/admin/schema.ts';
import { type AdminClient, Unanswered } from './client.ts';
import type { EndpointAnswer, Replicas } from './replicas.ts';

/** How the replicas of one Registry are reached at this moment. */
export interface Reach {
  /** Those that can be asked, each by its admin API. */
  readonly endpoints: readonly string[];
  /** Those that there are, and that cannot be asked. */
  readonly silent: readonly Extract<EndpointAnswer, { is: 'silent' }>[];
  /** Rejects with `Unanswered` where what it needs is not there. */
  readonly clientOf: (endpoint: string, timeoutMs: number) => Promise<AdminClient>;
}

/** `isFresh`: what was found a moment ago will not do. Rejects with `Unanswered`. */
type FindReplicas = (isFresh: boolean, signal: AbortSignal) => Promise<Reach>;

export interface AskedReplicasPorts {
  /** Anew for each question. */
  readonly find: FindReplicas;
  /** Of the Registry: where they are told. */
  readonly field: string;
  /** Run → endpoint that took its order. */
  readonly takenBy: Map<string, string>;
}

const statusTimeoutMs = 5000;
const timeoutMs = 15_000;
/** Where so many runs were ordered is remembered: that replica knows them best. */
const remembered = 1000;

type Ask<T> = (client: AdminClient, endpoint: string) => Promise<T>;

/** The replicas of one Registry, wherever it says that they are. */
export class AskedReplicas implements Replicas {
  readonly #find: FindReplicas;
  readonly #field: string;
  readonly #takenBy: Map<string, string>;

  constructor({ find, field, takenBy }: AskedReplicasPorts) {
    this.#find = find;
    this.#field = field;
    this.#takenBy = takenBy;
  }

  async statuses(signal: AbortSignal): Promise<readonly EndpointAnswer[]> {
    try {
      const reach = await this.#find(true, signal);
      const answers = await Promise.all(reach.endpoints.map((endpoint) => statusOf(reach, endpoint, signal)));
      return [...answers, ...reach.silent];
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      return [{ endpoint: this.#field, is: 'silent', why: error.message }];
    }
  }

  async beginRun(order: RunOrder, signal: AbortSignal): Promise<RunView> {
    return this.#any(signal, async (client, endpoint) => {
      const view = await client.beginRun(order, '', signal);
      this.#remember(order.id, endpoint);
      return view;
    });
  }

  async run(id: string, signal: AbortSignal): Promise<RunView | undefined> {
    return this.#whoeverKnows(id, signal, (client) => client.run(id, signal));
  }

  async cancel(id: string, signal: AbortSignal): Promise<RunView | undefined> {
    return this.#whoeverKnows(id, signal, (client) => client.cancel(id, '', signal));
  }

  async items(...[id, of, page, signal]: Parameters<Replicas['items']>): ReturnType<Replicas['items']> {
    const request = of === undefined ? page : { ...page, of };
    const found = await this.#whoeverKnows(id, signal, (client) => client.items(id, request, signal));
    if (found === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
    return found;
  }

  async protect(source: string, said: Protect, signal: AbortSignal): Promise<void> {
    await this.#any(signal, (client) => client.protect(source, said, signal));
  }

  async declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void> {
    await this.#any(signal, (client) => client.declareReadOnly(reason, owner, signal));
  }

  async withdrawReadOnly(owner: string, signal: AbortSignal): Promise<void> {
    await this.#any(signal, (client) => client.withdrawReadOnly(owner, signal));
  }

  /** The first that answers, even if with a refusal; one that cannot do it now is passed over. */
  async #any<T>(signal: AbortSignal, ask: Ask<T>): Promise<T> {
    const { endpoints, clientOf } = await this.#find(false, signal);
    let failure: Error = new Unanswered(`${this.#field} names no replica`);
    for (const endpoint of endpoints) {
      try {
        return await ask(await clientOf(endpoint, timeoutMs), endpoint);
      } catch (error) {
        if (!isPassing(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /**
   * The answer of the first that does not send elsewhere. `undefined` as soon as one says that there is no such run: an order is on the storage before it
   * is answered, and each replica tells what lies there; so one that hangs holds nothing up.
   */
  async #whoeverKnows<T>(id: string, signal: AbortSignal, ask: Ask<T>): Promise<T | undefined> {
    const { endpoints, clientOf } = await this.#find(false, signal);
    let failure: Error | undefined;
    for (const endpoint of this.#bestFirst(id, endpoints)) {
      try {
        return await ask(await clientOf(endpoint, timeoutMs), endpoint);
      } catch (error) {
        if (error instanceof Problem && error.code === 'RUN_UNKNOWN') return undefined;
        const isElsewhere = error instanceof Problem && error.code === 'RUN_ELSEWHERE';
        if (!isElsewhere && !isPassing(error)) throw error;
        failure = error;
      }
    }
    throw failure ?? new Unanswered(`${this.#field} names no replica`);
  }

  #bestFirst(id: string, endpoints: readonly string[]): readonly string[] {
    const best = this.#takenBy.get(id);
    if (best === undefined || !endpoints.includes(best)) return endpoints;
    return [best, ...endpoints.filter((endpoint) => endpoint !== best)];
  }

  #remember(id: string, endpoint: string): void {
    this.#takenBy.delete(id);
    this.#takenBy.set(id, endpoint);
    if (this.#takenBy.size <= remembered) return;
    for (const oldest of this.#takenBy.keys()) {
      this.#takenBy.delete(oldest);
      return;
    }
  }
}

async function statusOf({ clientOf }: Reach, endpoint: string, signal: AbortSignal): Promise<EndpointAnswer> {
  try {
    const client = await clientOf(endpoint, statusTimeoutMs);
    return { endpoint, is: 'answered', status: await client.status(signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Unanswered || error instanceof Problem) return { endpoint, is: 'silent', why: error.message };
    throw error;
  }
}

/** Another replica may do what this one cannot now. */
function isPassing(error: unknown): error is Unanswered | Problem {
  return error instanceof Unanswered || (error instanceof Problem && problems[error.code].status >= 500);
}
