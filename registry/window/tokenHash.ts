import { hash } from 'node:crypto';
import { parseTokenHash, type Token, type TokenHash } from '../../core/window/token.ts';

/** The first 16 bytes of sha256 over the token. */
export function hashToken(token: Token): TokenHash {
  const hashed = parseTokenHash(hash('sha256', token).slice(0, 32));
  if (hashed === undefined) throw new Error('sha256 did not give hexadecimal characters');
  return hashed;
}
