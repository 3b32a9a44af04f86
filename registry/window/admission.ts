import type { LifeId } from '../../core/window/identity.ts';
import type { OperationKind } from '../../core/window/life.ts';
import type { Token } from '../../core/window/token.ts';

/**
 * What the operations of a repository see of the protocol: a commit point or a promise runs inside `operate`, which admits it (permit, held set, in
 * flight, journal: one tick), and keeps it in flight until its body has settled.
 */
export interface Admission {
  /**
   * Called when the request's body is complete and hashed: inside `body` there are storage steps only.
   * Waits at most `holdBudget` for a permit and for held tokens, then rejects with `Refused`.
   */
  operate<T>(
    kind: OperationKind,
    tokens: readonly Token[],
    signal: AbortSignal,
    body: (operation: Operation) => Promise<T>,
  ): Promise<T>;
  /** For a GET, which never waits: touches if it can at once, and says whether it did. */
  touch(tokens: readonly Token[]): boolean;
  /** Whether what is cached of these may be used now (not while they are held). */
  mayUseCache(tokens: readonly Token[]): boolean;
  /** Called with what is to be dropped from caches before anything waiting goes on; `all` at the end of a life. */
  onDrop(drop: (dropped: DroppedTokens) => void): void;
}

/** Caches are keyed by token; whether one was dropped is asked of its hash. */
export type DroppedTokens = { readonly all: true } | { readonly all: false; has(token: Token): boolean };

export interface Operation {
  readonly life: LifeId;
  /** Aborted when the life ends. */
  readonly signal: AbortSignal;
  /** Before each write, and once more before an answer without a write: rejects with `Refused` unless life and permit are unbroken (W7). */
  mustStillHold(): void;
}

/** Why an operation cannot go on. `held` is 429, or 503 where the client retries only that; the others are 503; all carry Retry-After. */
export type RefusalReason = 'held' | 'noPermit' | 'readOnly' | 'lifeEnded';

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: RefusalReason;
  readonly retryAfterSeconds: number;
  constructor(reason: RefusalReason, says: string, retryAfterSeconds: number) {
    super(says);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
