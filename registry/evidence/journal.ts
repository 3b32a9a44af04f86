import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeJournalHead } from '../records/pullFiles.ts';
import type { Log } from '../window/ports.ts';

/** Where a recorder leaves what it has not told yet. What stands there is all of it, or nothing stands there. None of this waits or throws. */
export interface PullJournal {
  /** A kill of this process does not lose it once this returns. */
  add(id: Buffer): void;
  /** Everything was told. */
  clear(): void;
  /** It will not be whole, until everything was told; or its recorder has said its last word. */
  end(): void;
}

export interface JournalPorts {
  /** The file, as the operating system knows it; what its folder lies in stands once a word was said. */
  readonly place: string;
  /** `undefined`: nothing is written, for nobody could tell that it is whole. */
  readonly kernel: () => string | undefined;
  readonly log: Log;
}

/**
 * A file, written at once and by synchronous calls: handed to the kernel, which is a copy of 16 bytes, and not to the disk. So a pull is in it before
 * anything else happens in this process; a power cut may lose it, and then the kernel is another. No name that was told within an hour comes here.
 */
export class JournalFile implements PullJournal {
  readonly #ports: JournalPorts;
  #open: { readonly file: number; readonly headBytes: number; isClear: boolean } | undefined;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  add(id: Buffer): void {
    const open = this.#open;
    if (open === undefined) return;
    open.isClear = false;
    this.#trying(() => {
      writeAll(open.file, id);
    });
  }

  clear(): void {
    this.#trying(() => {
      if (this.#open === undefined) {
        this.#begin();
      } else if (!this.#open.isClear) {
        ftruncateSync(this.#open.file, this.#open.headBytes);
        this.#open.isClear = true;
      }
    });
  }

  end(): void {
    if (this.#open === undefined) return;
    const { file } = this.#open;
    this.#open = undefined;
    try {
      ftruncateSync(file, 0); // whoever finds it without its head does not take it for whole, should its name stay
      closeSync(file);
      rmSync(this.#ports.place, { force: true }); // on a full disk too; who finds none knows that some may be missing
    } catch (error) {
      this.#ports.log.error({ err: error }, 'a journal of pulls that is not whole could not be removed');
    }
  }

  #begin(): void {
    const kernel = this.#ports.kernel();
    if (kernel === undefined) return;
    const head = encodeJournalHead(kernel);
    mkdirSync(dirname(this.#ports.place), { recursive: true });
    const file = openSync(this.#ports.place, 'ax');
    this.#open = { file, headBytes: head.length, isClear: true };
    writeAll(file, head);
  }

  #trying(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#ports.log.warn(
        { err: error },
        'no journal of pulls until the next word: a kill meanwhile begins the evidence anew',
      );
      this.end();
    }
  }
}

function writeAll(file: number, bytes: Buffer): void {
  if (writeSync(file, bytes) !== bytes.length) throw new Error('written in part'); // the disk is full
}
