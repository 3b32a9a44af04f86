import type { ObjectKey } from '../resources/home.ts';

/** What a reconcile wants next. A throw means backoff. */
export type Outcome =
  /** Nothing, until something changes. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'again'; readonly afterMs: number; readonly why: string }
  /** Waits for a person; a change of the object, or of what it refers to, brings it back. */
  | { readonly kind: 'stalled'; readonly reason: string; readonly message: string };

/** Observe, decide, record, act on one object by its key. `signal` is aborted at the reconcile's deadline, and when the program stops. */
export type Reconcile = (key: ObjectKey, signal: AbortSignal) => Promise<Outcome>;

/** Brings a key back to its reconciler: at once, or in so many ms. */
export type Poke = (key: ObjectKey, afterMs?: number) => void;
