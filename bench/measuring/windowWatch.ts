import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '../../core/window/gate.ts';
import { isWindow } from '../../core/window/gate.ts';
import { parseWindowId } from '../../core/window/identity.ts';
import type { TokenHash } from '../../core/window/token.ts';
import { decodeGate } from '../../registry/records/gateCodec.ts';
import { unpackTokenHashes } from '../../registry/records/tokenHashes.ts';
import { layout, parseOrdinal } from '../../registry/storage/layout.ts';

const nothing: ReadonlySet<TokenHash> = new Set();

/** The gates of a storage as they come, read beside the replicas: which windows stood, for how long, and what is held at this moment. */
export class WindowWatch {
  /** From the gate that holds to the one that releases, ms, by the storage's times. */
  windowsMs: number[] = [];
  /** Candidates that were held in them. */
  candidates = 0;
  held: ReadonlySet<TokenHash> = nothing;
  readonly #storage: string;
  readonly #gates: string;
  readonly #watcher: { close(): void };
  #epoch = 0;
  #openedAt: number | undefined;

  constructor(storage: string) {
    this.#storage = storage;
    this.#gates = join(storage, layout.gates);
    this.#watcher = watch(this.#gates, { persistent: false }, () => {
      this.#look();
    });
    this.#look();
  }

  close(): void {
    this.#watcher.close();
  }

  #look(): void {
    const epochs = readdirSync(this.#gates)
      .map(parseOrdinal)
      .filter((epoch) => epoch !== undefined && epoch > this.#epoch);
    for (const epoch of (epochs as number[]).toSorted((left, right) => left - right)) this.#take(epoch);
  }

  #take(epoch: number): void {
    const path = layout.gate(epoch);
    const file = join(this.#storage, path);
    // Named at this time; its bytes may have been written before they were due.
    const [gate, { ctimeMs }] = [decodeGate(path, readFileSync(file)), statSync(file)];
    this.#epoch = epoch;
    if (isWindow(gate)) {
      if (gate.phase === 'HOLDING') {
        this.#openedAt = ctimeMs;
        this.candidates += gate.held.count;
      }
      this.held = this.#read(gate);
      return;
    }
    this.held = nothing;
    if (this.#openedAt !== undefined) this.windowsMs.push(ctimeMs - this.#openedAt);
    this.#openedAt = undefined;
  }

  #read({ held }: Extract<Gate, { readonly held: object }>): ReadonlySet<TokenHash> {
    const name = parseWindowId(held.name);
    if (name === undefined) throw new Error('the gate names no held set');
    const path = layout.held(name);
    return new Set(unpackTokenHashes(path, readFileSync(join(this.#storage, path))));
  }
}
