import { chunksUntil } from '../../../storage/chunks.ts';
import { StorageError } from '../../../storage/driver.ts';
import type { FileNode } from '../storage/node.ts';
import type { Objects } from './objects.ts';
import type { Request } from './removals.ts';

/** The bytes of uploads, part by part. */
export class Uploads {
  readonly #objects: Objects;
  readonly #request: Request;

  constructor(objects: Objects, request: Request) {
    this.#objects = objects;
    this.#request = request;
  }

  async append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const file = await this.#request(path, () => {
      const standing = this.#objects.file(path);
      if (standing === undefined && offset === 0) return this.#objects.put(path, new Uint8Array());
      return this.#growing(path);
    });
    if (file.bytes.length !== offset) throw new StorageError(path, `is ${file.bytes.length} bytes long, not ${offset}`);
    for await (const chunk of chunksUntil(body, signal)) {
      const taken = Uint8Array.from(chunk); // the body's own: it may fill it anew
      await this.#request(path, () => {
        this.#objects.disk.write(file, Buffer.concat([file.bytes, taken]));
      });
      signal.throwIfAborted();
    }
    return file.bytes.length;
  }

  async truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#request(path, () => {
      const file = this.#growing(path);
      if (file.bytes.length < sizeBytes)
        throw new StorageError(path, `is ${file.bytes.length} bytes long, cannot be cut to ${sizeBytes}`);
      this.#objects.disk.write(file, file.bytes.slice(0, sizeBytes));
    });
  }

  #growing(path: string): FileNode {
    const file = this.#objects.existing(path);
    if (file.names !== 1) throw new StorageError(path, 'has been committed, and changes no more');
    return file;
  }
}
