import { idBytes } from '../records/pullFiles.ts';

/*
 * What is known of pulls, packed: entries of 20 bytes, the id and a number that counts as the owner says (hours of the storage's clock in shards, seconds
 * before it was written in words), each once; in shards in the order of ids.
 */
const entryBytes = idBytes + 4;
const largest = 2 ** 32 - 1;

export interface PullEntry {
  readonly id: Buffer;
  readonly number: number;
}

/** In the order of ids. */
export function sortPulls(entries: Iterable<PullEntry>): readonly PullEntry[] {
  return [...entries].sort((left, right) => left.id.compare(right.id));
}

export function packPulls(entries: readonly PullEntry[]): Buffer {
  const table = Buffer.alloc(entries.length * entryBytes);
  for (const [row, { id, number }] of entries.entries()) {
    id.copy(table, row * entryBytes);
    table.writeUInt32BE(Math.min(Math.max(number, 0), largest), row * entryBytes + idBytes);
  }
  return table;
}

export function* pullsIn(table: Buffer): Generator<PullEntry> {
  for (let at = 0; at < table.length; at += entryBytes) {
    yield { id: table.subarray(at, at + idBytes), number: table.readUInt32BE(at + idBytes) };
  }
}

/** Two in the order of ids together, of each id the higher number, without those below `least`. */
export function joinPulls(left: Buffer, right: Buffer, least: number): Buffer {
  const joined: Buffer[] = [];
  const take = (entry: Buffer): void => {
    if (entry.readUInt32BE(idBytes) >= least) joined.push(entry);
  };
  let [a, b] = [0, 0];
  while (a < left.length || b < right.length) {
    const [one, other] = [left.subarray(a, a + entryBytes), right.subarray(b, b + entryBytes)];
    const order = compareIds(one, other);
    if (order <= 0) a += entryBytes;
    if (order >= 0) b += entryBytes;
    if (order === 0) take(one.readUInt32BE(idBytes) >= other.readUInt32BE(idBytes) ? one : other);
    else take(order < 0 ? one : other);
  }
  return Buffer.concat(joined);
}

/** An end of a table comes after every entry. */
function compareIds(one: Buffer, other: Buffer): number {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? 1 : -1;
  return one.compare(other, 0, idBytes, 0, idBytes);
}

/** In a table in the order of ids. */
export function numberOf(table: Buffer, id: Buffer): number | undefined {
  let [low, high] = [0, table.length / entryBytes];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * entryBytes;
    const order = table.compare(id, 0, idBytes, at, at + idBytes);
    if (order === 0) return table.readUInt32BE(at + idBytes);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
