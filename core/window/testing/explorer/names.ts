import {
  type LifeId,
  parseLifeId,
  parseRunId,
  parseStorageId,
  parseWindowId,
  type RunId,
  type StorageId,
  type WindowId,
} from '../../identity.ts';
import { parseTokenHash, type TokenHash } from '../../token.ts';

/** In a world, digests are `b…` (blobs) and `m…` (manifests), tags are `t…`; nothing else distinguishes their names. */
export type Name = string;

const hashes = new Map<Name, TokenHash>();
const names = new Map<TokenHash, Name>();

/** A name's token, readable back: a history in words needs the name. */
export function tokenOf(name: Name): TokenHash {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  const hex = Array.from(name, (letter) => letter.charCodeAt(0).toString(16)).join('');
  const hash = must(parseTokenHash(hex.padEnd(32, '0')));
  hashes.set(name, hash);
  names.set(hash, name);
  return hash;
}

export function nameOf(hash: TokenHash): Name {
  return must(names.get(hash));
}

export function lifeNamed(serial: number): LifeId {
  return must(parseLifeId(`life${serial}`));
}

export function windowNamed(serial: number): WindowId {
  return must(parseWindowId(`window${serial}`));
}

/** `order` is what its process believes the time to be: names sort by it, whatever the storage saw first. */
export function runNamed(order: number, serial: number): RunId {
  return must(parseRunId(`run${String(order).padStart(4, '0')}-${serial}`));
}

export const storageName: StorageId = must(parseStorageId('storage'));

/** For what the world itself has made sure of. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the explorer contradicts itself');
  return value;
}
