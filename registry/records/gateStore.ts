import type { Gate } from '../../core/window/gate.ts';
import { type PreparedRecord, type RecordStore, StorageError } from '../storage/driver.ts';
import { layout, parseOrdinal } from '../storage/layout.ts';
import { parseName } from './codec.ts';
import { decodeGate, encodeGate } from './gateCodec.ts';

/*
 * One file per epoch, the highest counts. To change the gate is to create `gate/<n+1>`, whole and exclusively, and then to be the highest:
 *
 *   create gate/<n+1> ── exists ─▶ lost
 *        └─ created ─▶ list ─▶ won iff n+1 is the highest
 *
 * "Created" alone is not enough: old gates are pruned, and a claimant that slept meanwhile can create a number that was there long ago. Nor would it be
 * enough that its predecessor still stands; that is looked up before, but only so that such a claimant leaves nothing behind (protocol section 4).
 */
const kept = 16;
const limitBytes = 16 * 1024 * 1024;
const attempts = 5;

interface Known {
  readonly gate: Gate;
  readonly bytes: Uint8Array;
}

/** A gate that may become due, on its way to be durable under no name. */
interface Prepared {
  readonly epoch: number;
  readonly claim: string;
  readonly bytes: Uint8Array;
  /** Never rejects; `undefined`: it could not be made, and is made when it is due. */
  readonly record: Promise<PreparedRecord | undefined>;
}

export interface GatePorts {
  /** A name that was never used. */
  readonly fresh: () => string;
  /** Old gates, or what was prepared for nothing, could not be taken away: they cost a few hundred bytes each, and are looked for again. */
  readonly onPruningFailed: (error: unknown) => void;
}

export class GateStore {
  readonly #store: RecordStore;
  readonly #ports: GatePorts;
  #known: Known | undefined;
  #pruning: Promise<void> | undefined;
  /** The last gate that was announced, on its way to be durable. */
  #landing: Promise<unknown> = Promise.resolve();
  #prepared: readonly Prepared[] = [];
  #dropping: Promise<unknown> = Promise.resolve();

  constructor(store: RecordStore, ports: GatePorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** The gate of the highest epoch; `undefined` on a storage that has none. Unreadable rejects. */
  async read(signal: AbortSignal): Promise<Gate | undefined> {
    const known = this.#known;
    if (known !== undefined && (await this.#isHighest(known, signal))) return known.gate;
    const highest = await this.#readHighest(signal);
    this.#known = highest;
    return highest?.gate;
  }

  /**
   * Durable when it returns. `lost` also where this gate stood for a moment and another's already follows it: who lost stops, and looks again.
   */
  async cas(to: Gate, signal: AbortSignal): Promise<'won' | 'lost'> {
    const outcome = await this.announce(to, signal);
    await this.landed();
    return outcome;
  }

  /** Resolves when the gate that was announced last is durable; rejects, once, if it could not be made so. */
  async landed(): Promise<void> {
    const landing = this.#landing;
    try {
      await landing;
    } catch (error) {
      if (this.#landing === landing) this.#landing = Promise.resolve();
      throw error;
    }
  }

  /**
   * As `cas`, but resolves when everybody can read the gate. It is durable before the next one is announced, so that a storage whose power fails forgets one
   * gate at most: it then holds what was held, or lets what was released wait for the lapse (docs/adr/0012).
   */
  async announce(to: Gate, signal: AbortSignal): Promise<'won' | 'lost'> {
    await this.landed();
    const path = layout.gate(to.epoch);
    if (to.epoch > 1 && (await this.#store.stat(layout.gate(to.epoch - 1), signal)) === undefined) return 'lost';
    const { bytes, record } = this.#takePrepared(to) ?? { bytes: encodeGate(to, this.#ports.fresh()) };
    const gate = decodeGate(path, bytes); // what others could not read is not written
    if ((await this.#create(path, bytes, await record, signal)) === 'exists') return 'lost';
    const epochs = await this.#epochs(signal);
    if (epochs.at(-1) !== to.epoch) return 'lost';
    this.#known = { gate, bytes };
    this.#pruneBehind(epochs, signal);
    return 'won';
  }

  /**
   * Gates that will probably be announced, in this order: while a window holds, a change of its gate then is one new name for bytes that are durable already. What
   * comes otherwise is made when it is due.
   */
  prepare(gates: readonly Gate[], signal: AbortSignal): void {
    this.#drop(this.#prepared);
    this.#prepared = gates.map((gate) => {
      const claim = this.#ports.fresh();
      const bytes = encodeGate(gate, claim);
      return { epoch: gate.epoch, claim, bytes, record: this.#store.prepare(bytes, signal).catch(() => undefined) };
    });
  }

  /** Resolves when this object does nothing any more. */
  async idle(): Promise<void> {
    this.#drop(this.#prepared);
    this.#prepared = [];
    await Promise.allSettled([this.#landing, this.#pruning, this.#dropping]);
  }

  #takePrepared(to: Gate): Prepared | undefined {
    const due = this.#prepared.find(({ claim, bytes }) => Buffer.compare(encodeGate(to, claim), bytes) === 0);
    this.#drop(this.#prepared.filter((each) => each.epoch <= to.epoch && each !== due));
    this.#prepared = this.#prepared.filter(({ epoch }) => epoch > to.epoch);
    return due;
  }

  /** In the background: whatever is left here goes with the temporaries of processes that died. */
  #drop(prepared: readonly Prepared[]): void {
    const dropped = prepared.map(async ({ record }) => (await record)?.[Symbol.asyncDispose]());
    this.#dropping = Promise.all([this.#dropping, ...dropped]).catch(this.#ports.onPruningFailed);
  }

  /** Resolves when it can be read; what is left of its making is `#landing`. */
  async #create(
    path: string,
    bytes: Uint8Array,
    record: PreparedRecord | undefined,
    signal: AbortSignal,
  ): Promise<'created' | 'exists'> {
    const seen = Promise.withResolvers<'created'>();
    const onSeen = (): void => {
      seen.resolve('created');
    };
    const made =
      record === undefined
        ? this.#store.create(path, bytes, signal, onSeen)
        : createdFrom(record, path, signal, onSeen);
    this.#landing = made;
    try {
      return await Promise.race([seen.promise, made]);
    } catch (error) {
      this.#landing = Promise.resolve(); // told here, and not once more to whoever comes next
      throw error;
    }
  }

  /** The usual case costs two small reads and no listing. The known file is compared whole: after a rollback another may have its number. */
  async #isHighest(known: Known, signal: AbortSignal): Promise<boolean> {
    if ((await this.#store.stat(layout.gate(known.gate.epoch + 1), signal)) !== undefined) return false;
    const file = await this.#store.readSmall(layout.gate(known.gate.epoch), limitBytes, signal);
    return file !== undefined && Buffer.compare(file.bytes, known.bytes) === 0;
  }

  async #readHighest(signal: AbortSignal): Promise<Known | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const epoch = (await this.#epochs(signal)).at(-1);
      if (epoch === undefined) return undefined;
      const path = layout.gate(epoch);
      const file = await this.#store.readSmall(path, limitBytes, signal);
      if (file !== undefined) return { gate: gateOf(path, epoch, file.bytes), bytes: file.bytes };
      // Pruned since it was listed: many newer ones stand.
    }
    throw new StorageError(layout.gates, 'changed while it was read, again and again');
  }

  async #epochs(signal: AbortSignal): Promise<readonly number[]> {
    const entries = (await this.#store.list(layout.gates, signal)) ?? [];
    const epochs = entries.map(({ name }) => parseName(layout.gates, name, parseOrdinal));
    return epochs.filter((epoch) => epoch !== undefined).toSorted((left, right) => left - right);
  }

  /** In the background and from the lowest up, so that what stands is always an unbroken end of the history. */
  #pruneBehind(epochs: readonly number[], signal: AbortSignal): void {
    const old = epochs.slice(0, -kept);
    if (old.length === 0 || this.#pruning !== undefined) return;
    this.#pruning = this.#prune(old, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#ports.onPruningFailed(error);
      })
      .finally(() => {
        this.#pruning = undefined;
      });
  }

  async #prune(old: readonly number[], signal: AbortSignal): Promise<void> {
    for (const epoch of old) await this.#store.discard(layout.gate(epoch), signal);
  }
}

async function createdFrom(
  record: PreparedRecord,
  path: string,
  signal: AbortSignal,
  seen: () => void,
): Promise<'created' | 'exists'> {
  await using due = record;
  return await due.create(path, signal, seen);
}

function gateOf(path: string, epoch: number, bytes: Uint8Array): Gate {
  const gate = decodeGate(path, bytes);
  if (gate.epoch !== epoch) throw new StorageError(path, `not understood: holds the gate of epoch ${gate.epoch}`);
  return gate;
}
