import { parseDigest } from '../../core/oci/digest.ts';
import { Doubt } from '../../core/reach/doubt.ts';
import { codeOf } from '../storage/filesystem/failure.ts';
import { largestLinkBytes, type Link } from '../collector/inventory/link.ts';
import type { Awaitable, FileTime, TreeReader } from '../collector/inventory/treeReader.ts';
import type { Found } from './findings.ts';

/** `unknown`: it was told as a finding, and nothing may be concluded from it. */
export type Looked<T> =
  { readonly is: 'found'; readonly value: T } | { readonly is: 'absent' } | { readonly is: 'unknown' };

const restEvery = 512;

/**
 * A storage read by somebody who goes on where a mark would end in doubt: what cannot be read or understood becomes a finding. So that this concludes nothing
 * wrong, nothing is called missing because a listing lacks it: each time it is looked at itself.
 */
export class Looks {
  readonly #tree: TreeReader;
  readonly #found: Found;
  readonly #signal: AbortSignal;
  #asked = 0;

  constructor(tree: TreeReader, found: Found, signal: AbortSignal) {
    this.#tree = tree;
    this.#found = found;
    this.#signal = signal;
  }

  /** Names directly below a directory, sorted; none where it is absent, or where a finding says why not. */
  async names(path: string): Promise<readonly string[]> {
    const names = await this.#ask(path, () => this.#tree.list(path));
    return names.is === 'found' ? names.value.toSorted() : [];
  }

  file(path: string): Promise<Looked<FileTime>> {
    return this.#ask(path, () => this.#tree.look(path));
  }

  bytes(
    path: string,
    limitBytes: number,
  ): Promise<Looked<{ readonly bytes: Uint8Array; readonly modifiedAt: number }>> {
    return this.#ask(path, () => this.#tree.read(path, limitBytes));
  }

  async link(path: string): Promise<Looked<Link>> {
    let file = await this.bytes(path, largestLinkBytes);
    if (file.is === 'found' && isEmpty(file.value.bytes)) file = await this.bytes(path, largestLinkBytes); // distribution writes some in place
    if (file.is !== 'found') return file;
    const { bytes, modifiedAt } = file.value;
    const target = parseDigest(new TextDecoder().decode(bytes).trim());
    if (target !== undefined) return { is: 'found', value: { target, sizeBytes: bytes.length, modifiedAt } };
    if (isEmpty(bytes))
      this.#found({ name: 'EmptyLink', object: path, says: `${bytes.length} bytes, none of them a digest` });
    else this.#found({ name: 'LinkNotUnderstood', object: path, says: `its ${bytes.length} bytes are no digest` });
    return { is: 'unknown' };
  }

  async #ask<T>(path: string, question: () => Awaitable<T | undefined>): Promise<Looked<T>> {
    this.#asked += 1;
    if (this.#asked % restEvery === 0) await this.#tree.rest();
    this.#signal.throwIfAborted();
    try {
      const value = await question();
      return value === undefined ? { is: 'absent' } : { is: 'found', value };
    } catch (error) {
      if (!(error instanceof Doubt)) throw error;
      this.#found(
        isNoDirectory(error)
          ? { name: 'ForeignName', object: path, says: 'a file where a directory belongs' }
          : { name: 'Unreadable', object: path, says: reasonOf(error) },
      );
      return { is: 'unknown' };
    }
  }
}

/** Nothing, or zeros: what a power cut leaves of a file that was not synced. */
function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function isNoDirectory(error: unknown): boolean {
  return error instanceof Error && (codeOf(error) === 'ENOTDIR' || isNoDirectory(error.cause));
}

/** The storage's own words, where there are any. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
