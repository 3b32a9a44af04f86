import { appendFile } from 'node:fs/promises';
import type { DurableFiles } from './durableFiles.ts';
import type { RecordedEvent } from './eventLog.ts';
import { layout } from './layout.ts';
import type { Log } from './ports.ts';
import { decode, recordedEvent } from './stateCodec.ts';

/** So many lines are appended before the file is written anew without those that are over. */
const mostLines = 20_000;

/** Events outlast the process as lines that are appended. They are for people: none is waited for, and one that cannot be written fails nothing. */
export class EventFile {
  readonly #files: DurableFiles;
  readonly #log: Log;
  /** All events that still count; what the file is written anew from. */
  readonly #all: () => readonly RecordedEvent[];
  #waiting: string[] = [];
  #lines = 0;
  /** What was appended last may end within a line. */
  #isTorn = true;
  #writing: Promise<void> | undefined;

  constructor(files: DurableFiles, log: Log, all: () => readonly RecordedEvent[]) {
    this.#files = files;
    this.#log = log;
    this.#all = all;
  }

  append(event: RecordedEvent): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Until all that was told is written, or could not be. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what is told in one tick is written at once
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(lines);
      } catch (err) {
        this.#isTorn = true;
        this.#log.warn({ err, events: lines.length }, 'events could not be written to the state directory');
      }
    }
  }

  async #write(lines: readonly string[]): Promise<void> {
    if (this.#isTorn || this.#lines + lines.length > mostLines) {
      const all = this.#all();
      await this.#files.write(layout.events, all.map((event) => `${JSON.stringify(event)}\n`).join(''));
      this.#lines = all.length;
      this.#isTorn = false;
      return;
    }
    await appendFile(this.#files.placeOf(layout.events), lines.join(''));
    this.#lines += lines.length;
  }
}

/** Oldest first. A last line without end was being written when its process was killed. */
export async function readEvents(files: DurableFiles): Promise<readonly RecordedEvent[]> {
  const content = (await files.read(layout.events)) ?? '';
  const byId = new Map<string, RecordedEvent>();
  for (const line of content.split('\n').slice(0, -1)) {
    const event = decode(recordedEvent, files.placeOf(layout.events), line);
    byId.delete(event.id);
    byId.set(event.id, event);
  }
  return [...byId.values()];
}
