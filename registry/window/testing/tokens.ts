import { parseDigest } from '../../../core/oci/digest.ts';
import { digestToken, type Token } from '../../../core/window/token.ts';

/** The token of a digest whose hexadecimal part repeats one character. */
export function token(hex: string): Token {
  const digest = parseDigest(`sha256:${hex.repeat(64)}`);
  if (digest === undefined) throw new Error(`not a hexadecimal character: ${hex}`);
  return digestToken(digest);
}
