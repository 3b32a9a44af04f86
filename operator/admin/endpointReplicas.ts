import { Problem, problems } from '../../core/admin/problem.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import type { Resource } from '../resources/home.ts';
import { AdminClient, Unanswered } from './client.ts';
import type { EndpointAnswer, Replicas, ReplicasOf } from './replicas.ts';
import { readToken } from './token.ts';

const statusTimeoutMs = 5000;
const timeoutMs = 15_000;
/** Where so many runs were ordered is remembered: that replica knows them best. */
const remembered = 1000;

/** The replicas that `spec.endpoints` names, over HTTP. Connections are kept by `fetch`, one pool for each origin. */
export function endpointReplicas(): ReplicasOf {
  const takenBy = new Map<string, string>();
  return (registry) => new EndpointReplicas(registry, takenBy);
}

type Ask<T> = (client: AdminClient) => Promise<T>;

class EndpointReplicas implements Replicas {
  readonly #endpoints: readonly string[];
  readonly #tokenFile: string | undefined;
  /** Run → endpoint that took its order. */
  readonly #takenBy: Map<string, string>;

  constructor({ spec }: Resource<'Registry'>, takenBy: Map<string, string>) {
    this.#endpoints = spec.endpoints ?? [];
    this.#tokenFile = spec.auth?.tokenFile;
    this.#takenBy = takenBy;
  }

  statuses(signal: AbortSignal): Promise<readonly EndpointAnswer[]> {
    return Promise.all(this.#endpoints.map((endpoint) => this.#statusOf(endpoint, signal)));
  }

  async beginRun(order: RunOrder, signal: AbortSignal): Promise<RunView> {
    return this.#any(this.#endpoints, async (client, endpoint) => {
      const view = await client.beginRun(order, '', signal);
      this.#remember(order.id, endpoint);
      return view;
    });
  }

  async run(id: string, signal: AbortSignal): Promise<RunView | undefined> {
    return this.#whoeverKnows(id, (client) => client.run(id, signal));
  }

  async cancel(id: string, signal: AbortSignal): Promise<RunView | undefined> {
    return this.#whoeverKnows(id, (client) => client.cancel(id, '', signal));
  }

  async items(...[id, of, page, signal]: Parameters<Replicas['items']>): ReturnType<Replicas['items']> {
    const request = of === undefined ? page : { ...page, of };
    const found = await this.#whoeverKnows(id, (client) => client.items(id, request, signal));
    if (found === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
    return found;
  }

  async declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void> {
    await this.#any(this.#endpoints, (client) => client.declareReadOnly(reason, owner, signal));
  }

  async withdrawReadOnly(owner: string, signal: AbortSignal): Promise<void> {
    await this.#any(this.#endpoints, (client) => client.withdrawReadOnly(owner, signal));
  }

  async #statusOf(endpoint: string, signal: AbortSignal): Promise<EndpointAnswer> {
    try {
      const client = await this.#clientOf(endpoint, statusTimeoutMs);
      return { endpoint, is: 'answered', status: await client.status(signal) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Unanswered || error instanceof Problem)
        return { endpoint, is: 'silent', why: error.message };
      throw error;
    }
  }

  /** The first that answers, even if with a refusal; one that cannot do it now is passed over. */
  async #any<T>(endpoints: readonly string[], ask: (client: AdminClient, endpoint: string) => Promise<T>): Promise<T> {
    let failure: Error = new Unanswered('spec.endpoints names no replica');
    for (const endpoint of endpoints) {
      try {
        return await ask(await this.#clientOf(endpoint, timeoutMs), endpoint);
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
  async #whoeverKnows<T>(id: string, ask: Ask<T>): Promise<T | undefined> {
    let failure: Error | undefined;
    for (const endpoint of this.#bestFirst(id)) {
      try {
        return await ask(await this.#clientOf(endpoint, timeoutMs));
      } catch (error) {
        if (error instanceof Problem && error.code === 'RUN_UNKNOWN') return undefined;
        const isElsewhere = error instanceof Problem && error.code === 'RUN_ELSEWHERE';
        if (!isElsewhere && !isPassing(error)) throw error;
        failure = error;
      }
    }
    throw failure ?? new Unanswered('spec.endpoints names no replica');
  }

  #bestFirst(id: string): readonly string[] {
    const best = this.#takenBy.get(id);
    if (best === undefined || !this.#endpoints.includes(best)) return this.#endpoints;
    return [best, ...this.#endpoints.filter((endpoint) => endpoint !== best)];
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

  async #clientOf(endpoint: string, waitMs: number): Promise<AdminClient> {
    if (!URL.canParse(endpoint)) throw new Unanswered(`spec.endpoints: ${endpoint} is not a URL`);
    const { origin } = new URL(endpoint);
    const token = await this.#token();
    return new AdminClient({ origin, timeoutMs: waitMs, ...(token === undefined ? {} : { token }) });
  }

  async #token(): Promise<string | undefined> {
    const path = this.#tokenFile;
    if (path === undefined) return undefined;
    try {
      return await readToken(path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Unanswered(`spec.auth.tokenFile: ${path} cannot be used: ${why}`, { cause });
    }
  }
}

/** Another replica may do what this one cannot now. */
function isPassing(error: unknown): error is Unanswered | Problem {
  return error instanceof Unanswered || (error instanceof Problem && problems[error.code].status >= 500);
}
