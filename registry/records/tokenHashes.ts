import { parseTokenHash, type TokenHash } from '../../core/window/token.ts';
import { StorageError } from '../storage/driver.ts';

export const tokenHashBytes = 16;

/** Token hashes as they lie in held sets and journal segments: 16 bytes each, one after the other, in the order given. */
export function packTokenHashes(hashes: readonly TokenHash[]): Uint8Array {
  return Buffer.from(hashes.join(''), 'hex');
}

export function unpackTokenHashes(path: string, bytes: Uint8Array): TokenHash[] {
  if (bytes.length % tokenHashBytes !== 0) throw new StorageError(path, 'not understood: ends within a token hash');
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const hashes: TokenHash[] = [];
  for (let at = 0; at < hex.length; at += 2 * tokenHashBytes) {
    const hash = parseTokenHash(hex.slice(at, at + 2 * tokenHashBytes));
    if (hash === undefined) throw new StorageError(path, 'not understood: not a token hash');
    hashes.push(hash);
  }
  return hashes;
}
