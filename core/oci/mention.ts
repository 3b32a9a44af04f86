import { type Digest, parseDigest } from './digest.ts';

const escaped = /\\u([0-9a-fA-F]{4})/g;
const digest = /sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}/g;

/**
 * Every digest that a JSON document mentions, in any string, key or value, each once, in the order of the text (G1). It scans the text and not the
 * values: no nesting is too deep for that, and a key that is there twice counts twice. Escapes are undone first, once too often rather than not.
 */
export function mentionedDigests(text: string): readonly Digest[] {
  const plain = text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const found = Array.from(plain.matchAll(digest), ([match]) => match);
  return [...new Set(found)].map(parseDigest).filter((parsed) => parsed !== undefined);
}
