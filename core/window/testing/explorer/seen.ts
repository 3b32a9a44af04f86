import type { Fingerprint } from './fingerprint.ts';

/** A set of fingerprints in 12 bytes each: millions of states fit where their names would not. */
export class Seen {
  #lanes: Uint32Array;
  #capacity: number;
  #size = 0;

  constructor(capacity = 1 << 16) {
    this.#capacity = capacity;
    this.#lanes = new Uint32Array(capacity * 3);
  }

  get size(): number {
    return this.#size;
  }

  /** False if it was there already. */
  add(fingerprint: Fingerprint): boolean {
    if (this.#size * 2 > this.#capacity) this.#grow();
    if (!this.#put(fingerprint)) return false;
    this.#size += 1;
    return true;
  }

  #put({ a, b, c }: Fingerprint): boolean {
    const lanes = this.#lanes;
    // Three zeros are an empty place; nothing but chance gives them, and then a state is looked at twice.
    for (let place = a & (this.#capacity - 1); ; place = (place + 1) & (this.#capacity - 1)) {
      const at = place * 3;
      if (lanes[at] === a && lanes[at + 1] === b && lanes[at + 2] === c) return false;
      if (lanes[at] === 0 && lanes[at + 1] === 0 && lanes[at + 2] === 0) {
        lanes[at] = a;
        lanes[at + 1] = b;
        lanes[at + 2] = c;
        return true;
      }
    }
  }

  #grow(): void {
    const old = this.#lanes;
    this.#capacity *= 2;
    this.#lanes = new Uint32Array(this.#capacity * 3);
    for (let at = 0; at < old.length; at += 3) {
      const fingerprint = { a: old[at] ?? 0, b: old[at + 1] ?? 0, c: old[at + 2] ?? 0 };
      if (fingerprint.a !== 0 || fingerprint.b !== 0 || fingerprint.c !== 0) this.#put(fingerprint);
    }
  }
}
