import { open, type FileHandle } from 'node:fs/promises';

/** A directory that is open, so that it can be synced whatever becomes of its name. */
export class HeldDirectory implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(place: string): Promise<HeldDirectory> {
    return new HeldDirectory(await open(place));
  }

  /** Every change of its names until now is durable; rejects with the operating system's error where that cannot be said. */
  async sync(): Promise<void> {
    await this.#handle.sync();
    // An xfs that went down between a rename and this drops the rename, and then finds nothing left to sync: success. What it says of a file's state is EIO from
    // that moment on, so a state that can be asked for means that the sync before it was one. ext4 fails the sync itself.
    await this.#handle.stat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
