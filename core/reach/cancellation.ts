/** What `core/` needs of an `AbortSignal`, which belongs to no ECMAScript library. */
export interface Cancellation {
  readonly aborted: boolean;
  throwIfAborted(): void;
}
