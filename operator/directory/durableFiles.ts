import { mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbsent, messageOf, StateError } from './failure.ts';
import { layout } from './layout.ts';
import { Slots } from './slots.ts';

/** Enough to keep a disk busy, and few open files. */
const atOnce = 8;

/** Files of a state directory, by their path in it. What has been written is there after a power cut, whole. */
export class DurableFiles {
  readonly #root: string;
  readonly #made = new Set<string>();
  readonly #syncs = new Map<string, SharedSync>();
  readonly #slots = new Slots(atOnce);
  #temporaries = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes away what a process that was killed left half written, and makes room for what is to come. */
  async prepare(): Promise<void> {
    await rm(this.placeOf(layout.temporaries), { recursive: true, force: true });
    await mkdir(this.placeOf(layout.temporaries));
  }

  placeOf(path: string): string {
    return join(this.#root, path);
  }

  /** `undefined`: there is no such file. */
  async read(path: string): Promise<string | undefined> {
    try {
      return await this.#slots.take(async () => readFile(this.placeOf(path), 'utf8'));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw new StateError(this.placeOf(path), `cannot be read: ${messageOf(error)}`, { cause: error });
    }
  }

  /** All or nothing: a reader sees the old bytes or the new, never a part. */
  async write(path: string, content: string): Promise<void> {
    const temporary = this.placeOf(join(layout.temporaries, String((this.#temporaries += 1))));
    await this.#makeDirectory(dirname(path));
    await this.#slots.take(async () => {
      try {
        await writeNew(temporary, content);
        await rename(temporary, this.placeOf(path));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
    await this.#syncOf(dirname(path)).soon();
  }

  /** One that is absent is removed. */
  async remove(path: string): Promise<void> {
    try {
      await this.#slots.take(async () => unlink(this.placeOf(path)));
    } catch (error) {
      if (!isAbsent(error)) throw error;
      return;
    }
    await this.#syncOf(dirname(path)).soon();
  }

  async #makeDirectory(path: string): Promise<void> {
    if (path === '.' || this.#made.has(path)) return;
    await this.#makeDirectory(dirname(path));
    await mkdir(this.placeOf(path), { recursive: true });
    await this.#syncOf(dirname(path)).soon();
    this.#made.add(path);
  }

  #syncOf(path: string): SharedSync {
    const known = this.#syncs.get(path) ?? new SharedSync(this.placeOf(path));
    this.#syncs.set(path, known);
    return known;
  }
}

/** Many writes in one directory share a sync that begins after all of them. */
class SharedSync {
  readonly #directory: string;
  #going: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Settled with a sync that had not begun when this was called. */
  async soon(): Promise<void> {
    if (this.#next === undefined) {
      const next = this.#going.then(async () => {
        this.#next = undefined;
        await syncDirectory(this.#directory);
      });
      this.#next = next;
      this.#going = next.catch(() => undefined); // told to those who wait for it
    }
    return this.#next;
  }
}

async function writeNew(path: string, content: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(content);
  await file.sync();
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
  await directory.stat(); // an xfs that went down calls a directory synced whose changes it dropped; of its state it says EIO
}
