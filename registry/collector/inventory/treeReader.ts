/** A value that may have to be waited for: a worker reads with synchronous calls, everybody else does not. */
export type Awaitable<T> = T | Promise<T>;

export interface FileTime {
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

/**
 * What a walk asks of a storage; paths are those of `layout.ts`, times ms on the storage's clock. Absent is `undefined`; everything else that is not an
 * answer rejects, and takes the mark with it (G1).
 */
export interface TreeReader {
  /** Names directly below a directory, in no order. */
  list(path: string): Awaitable<readonly string[] | undefined>;
  /** Size and time of a file. */
  look(path: string): Awaitable<FileTime | undefined>;
  /** The whole of a file of at most `limitBytes`. */
  read(
    path: string,
    limitBytes: number,
  ): Awaitable<{ readonly bytes: Uint8Array; readonly modifiedAt: number } | undefined>;
  /** Between two batches: lets others have the thread. */
  rest(): Promise<void>;
}
