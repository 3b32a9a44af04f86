/** Which requests a fault strikes. What is absent matches all. */
export interface Which {
  readonly method?: string;
  /** Of the path, without its query. */
  readonly path?: RegExp;
  readonly watch?: boolean;
}

export type Effect =
  /** The request waits before it goes on. */
  | { readonly does: 'delay'; readonly ms: number }
  /** The connection ends (FIN) without an answer; so do answers under way. The server never saw the request. */
  | { readonly does: 'drop' }
  /** As `drop`, but by RST. */
  | { readonly does: 'reset' }
  /** The server carries the request out, and the connection is reset in place of the answer. */
  | { readonly does: 'lose' }
  /** Nothing is heard any more, of answers under way too, until this is lifted; then all goes on where it was. */
  | { readonly does: 'silence' }
  /** Of watches, under way too, the lines that match are kept back, and the others go on. */
  | { readonly does: 'omit'; readonly lines: RegExp }
  /** In place of the server, with the `Status` that it would send. */
  | { readonly does: 'answer'; readonly status: keyof typeof statuses; readonly retryAfterSeconds?: number }
  /** A watch begins with the event by which API servers say 410. */
  | { readonly does: 'expire' };

export type Fault = Which &
  Effect & {
    /** How many requests it strikes; absent: each one until it is lifted. */
    readonly count?: number;
  };

/** What one request is, as far as faults and counts tell them apart. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

const statuses = {
  410: { reason: 'Expired', message: 'too old resource version' },
  429: { reason: 'TooManyRequests', message: 'too many requests, please try again later' },
  500: { reason: 'InternalError', message: 'an error on the server has prevented the request from succeeding' },
  503: { reason: 'ServiceUnavailable', message: 'the server is currently unable to handle the request' },
} as const;

/** A fault in force, and how often it may still strike. */
export class Injected {
  readonly effect: Effect;
  isLifted = false;
  /** Resolves when it is lifted. */
  readonly lifted: Promise<void>;
  readonly lift: () => void;
  readonly #which: Which;
  #left: number;

  constructor(fault: Fault) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.effect = fault;
    this.lifted = promise;
    this.lift = () => {
      this.isLifted = true;
      this.#left = 0;
      resolve(undefined);
    };
    this.#which = fault;
    this.#left = fault.count ?? Infinity;
  }

  /** Counts the request where it does. */
  strikes({ method, path, isWatch }: Asked): boolean {
    const which = this.#which;
    const matches =
      (which.method ?? method) === method &&
      (which.watch ?? isWatch) === isWatch &&
      (which.path === undefined || path.search(which.path) >= 0);
    if (!matches || this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}

/** Whether it also strikes requests whose answers are under way. */
export function strikesUnderWay({ does }: Effect): boolean {
  return does === 'drop' || does === 'reset' || does === 'silence' || does === 'omit';
}

/** The JSON of a `metav1.Status`. */
export function statusBody(status: keyof typeof statuses | 401, retryAfterSeconds?: number): string {
  const { reason, message } = status === 401 ? { reason: 'Unauthorized', message: 'Unauthorized' } : statuses[status];
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  const kind = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  return JSON.stringify({ ...kind, message, reason, code: status, ...details });
}

export function askedOf(method: string, url: URL): Asked {
  return { method, path: url.pathname, isWatch: /^(true|1)$/.test(url.searchParams.get('watch') ?? '') };
}
