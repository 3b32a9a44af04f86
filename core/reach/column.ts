type Numbers = Uint8Array | Uint32Array | Float64Array;

const firstCapacity = 64;

/** Numbers in a row that grows at its end, without an object for each. */
export class Column<A extends Numbers> {
  #numbers: A;
  #length = 0;
  readonly #make: (capacity: number) => A;

  constructor(make: (capacity: number) => A) {
    this.#make = make;
    this.#numbers = make(firstCapacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const wider = this.#make(this.#length * 2);
      wider.set(this.#numbers);
      this.#numbers = wider;
    }
    this.#numbers[this.#length++] = value;
  }

  at(index: number): number {
    if (index >= this.#length) throw new RangeError(`no cell ${index} in a column of ${this.#length}`);
    return cell(this.#numbers, index);
  }

  /** What was pushed so far, at its exact length; a view of the column's own memory. */
  numbers(): A {
    return this.#numbers.subarray(0, this.#length) as A;
  }
}

export function bytes(): Column<Uint8Array> {
  return new Column((capacity) => new Uint8Array(capacity));
}

export function integers(): Column<Uint32Array> {
  return new Column((capacity) => new Uint32Array(capacity));
}

/** Times in ms and sizes in bytes: both pass 32 bits, and neither 53. */
export function wideNumbers(): Column<Float64Array> {
  return new Column((capacity) => new Float64Array(capacity));
}

/** What lies at `index`. Typed arrays answer `undefined` past their end; nothing here may read that as a number. */
export function cell(numbers: Numbers, index: number): number {
  const number = numbers[index];
  if (number === undefined) throw new RangeError(`no cell ${index} in a column of ${numbers.length}`);
  return number;
}

/** A set of row numbers below `size`, one byte each: sets of JavaScript stop at 16,777,216 entries. */
export class Flags {
  readonly #cells: Uint8Array;

  constructor(size: number) {
    this.#cells = new Uint8Array(size);
  }

  has(row: number): boolean {
    return this.#cells[row] === 1;
  }

  /** Whether it is new here. */
  add(row: number): boolean {
    const isNew = this.#cells[row] === 0;
    this.#cells[row] = 1;
    return isNew;
  }
}

/** Rows by a key below `keys`, packed: the rows of one key stand together, in their own order. */
export class Grouping {
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;

  constructor(keyOfRow: Uint32Array, keys: number) {
    this.#starts = new Uint32Array(keys + 1);
    for (const key of keyOfRow) this.#starts[key + 1] = cell(this.#starts, key + 1) + 1;
    for (let key = 0; key < keys; key++) this.#starts[key + 1] = cell(this.#starts, key + 1) + cell(this.#starts, key);
    this.#rows = new Uint32Array(keyOfRow.length);
    const next = this.#starts.slice();
    keyOfRow.forEach((key, row) => {
      const at = cell(next, key);
      this.#rows[at] = row;
      next[key] = at + 1;
    });
  }

  of(key: number): Uint32Array {
    return this.#rows.subarray(cell(this.#starts, key), cell(this.#starts, key + 1));
  }
}
