import type { AnyResource } from '../resources/home.ts';
import type { DurableFiles } from './durableFiles.ts';
import type { EventLog } from './eventLog.ts';
import { layout } from './layout.ts';
import type { Log } from './ports.ts';
import { decode, type Refusal, refusalList } from './stateCodec.ts';
import { timestamp } from './transitions.ts';

/** A refusal that was found now; whether it has been told is decided here. */
export type Refused = Omit<Refusal, 'since'>;

/** What is refused at present. Each is told once for what was written, over restarts too, and stands in the state directory as long as it lasts. */
export class Refusals {
  readonly #files: DurableFiles;
  readonly #ports: { readonly events: EventLog; readonly now: () => number; readonly log: Log };
  #current: readonly Refusal[];
  #isWritten = true;

  constructor(
    files: DurableFiles,
    ports: { readonly events: EventLog; readonly now: () => number; readonly log: Log },
    earlier: readonly Refusal[],
  ) {
    this.#files = files;
    this.#ports = ports;
    this.#current = earlier;
  }

  list(): readonly Refusal[] {
    return this.#current;
  }

  /** These and no others. `objectOf`: what stands of the object that a refusal is about. */
  async replace(found: readonly Refused[], objectOf: (refused: Refused) => AnyResource | undefined): Promise<void> {
    const before = new Map(this.#current.map((one) => [keyOf(one), one]));
    const since = timestamp(this.#ports.now());
    const next = found.map((one) => before.get(keyOf(one)) ?? { ...one, since });
    const isSame = next.length === before.size && next.every((one) => before.has(keyOf(one)));
    if (isSame && this.#isWritten) return;
    for (const one of next) if (!before.has(keyOf(one))) this.#tell(one, objectOf(one));
    this.#current = next;
    this.#isWritten = false; // until it is: a write that failed is tried again
    await this.#files.write(layout.refusals, `${JSON.stringify({ refusals: next }, undefined, 1)}\n`);
    this.#isWritten = true;
  }

  #tell({ file, message, subject }: Refusal, object: AnyResource | undefined): void {
    const about = subject ?? { kind: 'File', namespace: 'default', name: file };
    const uid = object?.metadata.uid ?? '';
    this.#ports.events.record({ ...about, uid }, { type: 'Warning', reason: 'Refused', message });
    this.#ports.log.warn(
      { ...about, refusal: message },
      'a document is refused; what came of it before stays as it is',
    );
  }
}

/** Those that the state directory tells. */
export async function readRefusals(files: DurableFiles): Promise<readonly Refusal[]> {
  const content = await files.read(layout.refusals);
  return content === undefined ? [] : decode(refusalList, files.placeOf(layout.refusals), content).refusals;
}

function keyOf({ file, document, message, content }: Refused): string {
  return JSON.stringify([file, document, message, content]);
}
