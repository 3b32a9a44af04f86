import type { Readable } from 'node:stream';
import type { LifeId, WindowId } from '../../core/window/identity.ts';

/**
 * What a storage can do, in narrow interfaces named for what they allow. Paths are relative to the driver's root, begin with `/`, and are built in
 * `layout.ts` alone. Times are milliseconds on the storage's own clock. Absent is a value (`undefined`); unreadable rejects with `StorageError` (G1).
 */
export interface Stat {
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

export interface SmallFile {
  readonly bytes: Uint8Array;
  readonly modifiedAt: number;
}

/** Both ends inclusive, as in a `Range` header. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ReadableStore {
  stat(path: string, signal: AbortSignal): Promise<Stat | undefined>;
  /** The whole of a file that must not be larger than `limitBytes`; larger rejects, so that a hostile file cannot fill the memory. */
  readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined>;
  /** `stat` and stream of one and the same file, even if it is replaced or removed meanwhile. The caller ends or destroys the stream. */
  open(
    path: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined>;
  /** Names directly below a directory, in no order. A file in the directory's place rejects. */
  list(path: string, signal: AbortSignal): Promise<readonly Entry[] | undefined>;
}

/** A record whose bytes are durable and that nobody sees yet. Disposing drops it. */
export interface PreparedRecord extends AsyncDisposable {
  /** As `RecordStore.create`; once. */
  create(path: string, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'>;
}

/** The protocol's own records below `coppice/v1`, which no fence guards. A reader sees the old bytes or the new, never a part. */
export interface RecordStore extends ReadableStore {
  /**
   * Exclusive and durable: of any number of creators one wins. Parents are made (and made durable). `seen` is called once everybody can read it, whole, which
   * may be before it is durable.
   */
  create(path: string, bytes: Uint8Array, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'>;
  /** The first half of `create`, for a record that must stand at once when it is due. */
  prepare(bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord>;
  /** Replaces or makes; durable when it returns. */
  write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * Exclusive, durable change of place of a file or directory: of any number of movers from one place one wins. A `to` that stands is not replaced, but two
   * files must not be on their way to one place (on a filesystem nothing could tell them apart). Parents of `to` are made.
   */
  move(from: string, to: string, signal: AbortSignal): Promise<'moved' | 'absent' | 'exists'>;
  /** A file or a whole directory of ours, or an upload session; absent is fine. What registries serve is refused: it leaves through a door. */
  discard(path: string, signal: AbortSignal): Promise<void>;
}

/**
 * What makes the storage itself refuse what comes late. On a filesystem a life's commits are renames out of `stage/<life>/` and a window's removals
 * renames into `door/<window>/`: whoever ends the one or the other removes the directory, and the kernel refuses the rest (protocol section 2, F2).
 */
export interface Fence {
  /** Makes the life's stage; must not exist. */
  beginLife(life: LifeId, signal: AbortSignal): Promise<void>;
  /** Whether the life's stage stands. */
  standsLife(life: LifeId, signal: AbortSignal): Promise<boolean>;
  /** Idempotent. After it returns no commit of this life can become visible, however late its call. */
  endLife(life: LifeId, signal: AbortSignal): Promise<void>;
  /** Lives that have a stage, registered or not. */
  stagedLives(signal: AbortSignal): Promise<readonly LifeId[]>;

  /** Makes the window's door, exactly once under this (random) name. */
  openWindow(window: WindowId, signal: AbortSignal): Promise<void>;
  /** Idempotent. After it returns no removal of this window can happen. What went through lies in `trash/<window>/`. */
  endWindow(window: WindowId, signal: AbortSignal): Promise<void>;
  /** Windows whose door stands, with the time it was last changed. */
  openWindows(signal: AbortSignal): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]>;
}

/** What a commit lands: bytes, or the file at `from` (an upload's data of this life, to which no write is outstanding), which stays where it is. */
export type Content = Bytes | { readonly from: string };

export interface Bytes {
  readonly bytes: Uint8Array;
  /** A power cut may take the file; it never leaves a part of it. For what nobody relies on. */
  readonly mayBeLost?: true;
}

/** A commit that nobody sees yet. Disposing drops what was not landed. */
export interface StagedCommit extends AsyncDisposable {
  /** As `Commits.commit`; once. */
  land(signal: AbortSignal): Promise<'landed' | 'refused'>;
}

/** Handed to replicas: writes at commit points. */
export interface Commits {
  /**
   * The first half of `commit` or `commitFile`, for several that must follow each other: all that needs waiting for and can be seen by nobody is done side by
   * side before the first lands. Where the life has ended, landing says so.
   */
  stage(life: LifeId, path: string, content: Content, signal: AbortSignal): Promise<StagedCommit>;
  /**
   * Durable and whole at `path` (replacing what is there), or `refused` because the life has ended: then nothing was changed.
   * ENOSPC rejects with StorageFull and changes nothing.
   */
  commit(life: LifeId, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<'landed' | 'refused'>;
  /** Like `commit` with the bytes of the file at `from`. An existing `path` is replaced by the equal content. */
  commitFile(life: LifeId, from: string, path: string, signal: AbortSignal): Promise<'landed' | 'refused'>;
  /** As `commit`, for a record of its own (member, segment): visible, not durable; replaces only what stands, or with `make` may make it. Guarded by the life's stage too. */
  commitRecord(
    life: LifeId,
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'>;
  /** Moves `from` away into the life's stage and drops it: the last step of an undelete. */
  retract(life: LifeId, from: string, signal: AbortSignal): Promise<'retracted' | 'absent' | 'refused'>;
  /** Renews the modification time in place by writing the same bytes, durable; never creates (F7). */
  renew(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly renewed: true; readonly modifiedAt: number } | { readonly renewed: false }>;
}

/** Handed to the sweeper alone. */
export interface Remover {
  /**
   * Takes the file or directory at `path` away through the window's door. Its name in the trash tells where it lay (`trash.ts`).
   * Not durable before `settleRemovals`.
   */
  remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'>;
  /** Makes durable what this window removed so far: each touched directory is synced once. */
  settleRemovals(window: WindowId, signal: AbortSignal): Promise<void>;
}

/** An upload's bytes: one file per session and life, written by that life only. */
export interface UploadFiles {
  /** Appends at `offset`, which must be the file's size (made if it is 0), and resolves with the new size when all of `body` is written. A body that breaks off rejects; what was written stays. A file that was committed takes no more. */
  append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number>;
  /** Cuts the file to `sizeBytes` (drops what was never acknowledged). A shorter or absent file rejects, and so does one that was committed. */
  truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void>;
}

/** The storage's own clock, by making and looking at something on it: never this machine's (design section 3). */
export interface StorageClock {
  now(signal: AbortSignal): Promise<number>;
}

/** `name`: which in the folder has come or gone; `undefined` where the system does not say. */
export type Changed = (name: string | undefined) => void;

/** Tells of changes in a folder sooner than polling would; may lose any of them (they cost time, never safety). */
export interface Watcher {
  watch(path: string, changed: Changed): { close(): void };
}

export interface Driver extends RecordStore, Fence, Commits, Remover, UploadFiles, StorageClock, Watcher {}

/** The storage could not be read or written. `path` names what; `cause` says why. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
  readonly path: string;
  constructor(path: string, says: string, options?: ErrorOptions) {
    super(`${path}: ${says}`, options);
    this.path = path;
  }
}

export class StorageFull extends StorageError {
  override readonly name = 'StorageFull';
}
