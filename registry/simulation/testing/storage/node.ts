/** A file is the object: names lead to it, and who has it open keeps it. `synced` is what of it would outlast a power cut. */
export interface FileNode {
  readonly kind: 'file';
  bytes: Uint8Array;
  modifiedAt: number;
  names: number;
  /** `undefined`: nothing of it was ever made durable. */
  synced: { readonly bytes: Uint8Array; readonly modifiedAt: number } | undefined;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  entries: Map<string, Node>;
  modifiedAt: number;
  /** Where it lies; `undefined`: the root. */
  parent: DirectoryNode | undefined;
  /** The names that would outlast a power cut. */
  readonly synced: Map<string, Node>;
  /** As it was before its last change, and when that was: what a listing that lags still shows. */
  former: { readonly entries: ReadonlyMap<string, Node>; readonly until: number } | undefined;
}

export type Node = FileNode | DirectoryNode;

export function newFile(bytes: Uint8Array, modifiedAt: number): FileNode {
  return { kind: 'file', bytes, modifiedAt, names: 0, synced: undefined };
}

export function newDirectory(modifiedAt: number, parent?: DirectoryNode): DirectoryNode {
  return { kind: 'directory', entries: new Map(), modifiedAt, parent, synced: new Map(), former: undefined };
}

export type DiskErrorCode = 'ENOENT' | 'ENOTDIR' | 'EISDIR' | 'EEXIST' | 'ENOTEMPTY' | 'EIO';

/** As the operating system would say it. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  readonly syscall: string;
  constructor(code: DiskErrorCode, syscall: string, path: string) {
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // most of these say that something is not there, and where that was asked is not looked at
    super(`${code}: ${syscall} ${path}`);
    Error.stackTraceLimit = frames;
    this.code = code;
    this.syscall = syscall;
  }
}
