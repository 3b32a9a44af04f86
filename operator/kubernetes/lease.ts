import { fieldIn } from '../api/document.ts';
import type { Answer } from './answer.ts';
import { ApiError } from './failure.ts';
import { microTime } from './microTime.ts';
import { fieldManager, withQuery } from './paths.ts';
import type { Transport } from './transport.ts';

/** A Lease of coordination.k8s.io as it was read. */
export interface Lease {
  /** Absent: nobody's. */
  readonly holder?: string;
  /** How long its holder asks others to wait without a sign of life. */
  readonly durationMs: number;
  /** How often it went from one to another. */
  readonly transitions: number;
  /** Another one after every write. */
  readonly resourceVersion: string;
  /** All of it, so that what others keep there stays. */
  readonly whole: Readonly<Record<string, unknown>>;
}

/** What one writes who takes it, keeps it or lets go of it. Times in ms since 1970. */
export interface Claim {
  /** Absent: nobody's from now on. */
  readonly holder?: string;
  readonly durationMs: number;
  readonly transitions: number;
  /** Absent: as it stands there. */
  readonly acquiredAt?: number;
  readonly renewedAt: number;
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Where one Lease stands. */
export interface LeaseStand {
  read(signal: AbortSignal): Promise<Lease | undefined>;
  /** `exists`: somebody was faster. */
  create(claim: Claim, signal: AbortSignal): Promise<Lease | 'exists'>;
  /** Over the version that was read. Takes no longer than `withinMs`. Rejects with `Conflict` where that is not the latest one. */
  write(over: Lease, claim: Claim, withinMs: number, signal: AbortSignal): Promise<Lease>;
}

/** Longest that one request may take: whoever asks tries again. */
const timeoutMs = 5_000;

/** In an API server. Rejects with `Conflict` and `ApiError`. */
export class ClusterLease implements LeaseStand {
  readonly #transport: Pick<Transport, 'ask'>;
  readonly #name: LeaseName;

  constructor(transport: Pick<Transport, 'ask'>, name: LeaseName) {
    this.#transport = transport;
    this.#name = name;
  }

  async read(signal: AbortSignal): Promise<Lease | undefined> {
    const answer = await this.#transport.ask({ verb: 'get', path: this.#path, timeoutMs, retries: 0 }, signal);
    return answer.is === 'done' ? leaseIn(answer.body, this.#path) : undefined;
  }

  async create(claim: Claim, signal: AbortSignal): Promise<Lease | 'exists'> {
    const { namespace, name } = this.#name;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name },
      spec: specOf(claim),
    };
    const path = withQuery(collectionOf(namespace), { fieldManager });
    const answer = await this.#transport.ask({ verb: 'create', path, body, timeoutMs, retries: 0 }, signal);
    return answer.is === 'exists' ? 'exists' : this.#written(answer);
  }

  async write(over: Lease, claim: Claim, withinMs: number, signal: AbortSignal): Promise<Lease> {
    const before = fieldIn(over.whole, 'spec');
    const { holderIdentity: _holder, ...rest } = (before ?? {}) as Readonly<Record<string, unknown>>;
    const body = { ...over.whole, spec: { ...rest, ...specOf(claim) } };
    const path = withQuery(this.#path, { fieldManager });
    return this.#written(
      await this.#transport.ask(
        { verb: 'update', path, body, timeoutMs: Math.min(withinMs, timeoutMs), retries: 0 },
        signal,
      ),
    );
  }

  #written(answer: Answer): Lease {
    if (answer.is === 'done') return leaseIn(answer.body, this.#path);
    throw new ApiError(`PUT ${this.#path}`, answer.is === 'absent' ? answer.says : 'it exists', { status: 404 });
  }

  get #path(): string {
    return `${collectionOf(this.#name.namespace)}/${encodeURIComponent(this.#name.name)}`;
  }
}

function collectionOf(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

function specOf({ holder, durationMs, transitions, acquiredAt, renewedAt }: Claim): object {
  return {
    ...(holder !== undefined && { holderIdentity: holder }),
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    leaseTransitions: transitions,
    ...(acquiredAt !== undefined && { acquireTime: microTime(acquiredAt) }),
    renewTime: microTime(renewedAt),
  };
}

function leaseIn(body: unknown, path: string): Lease {
  const [metadata, spec] = [fieldIn(body, 'metadata'), fieldIn(body, 'spec')];
  const resourceVersion = fieldIn(metadata, 'resourceVersion');
  if (typeof resourceVersion !== 'string') throw new ApiError(path, 'the answer is no Lease', { status: 200 });
  const [holder, seconds, transitions] = ['holderIdentity', 'leaseDurationSeconds', 'leaseTransitions'].map((field) =>
    fieldIn(spec, field),
  );
  return {
    ...(typeof holder === 'string' && holder !== '' && { holder }),
    durationMs: typeof seconds === 'number' ? seconds * 1000 : 0,
    transitions: typeof transitions === 'number' ? transitions : 0,
    resourceVersion,
    whole: body as Readonly<Record<string, unknown>>,
  };
}
