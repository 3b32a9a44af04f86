import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';

declare const tokenBrand: unique symbol;
declare const hashBrand: unique symbol;

/** What a promise names: a digest, or `repository:tag`. */
export type Token = string & { readonly [tokenBrand]: true };

/** The first 16 bytes of sha256(token) as 32 hexadecimal characters: what held sets and journals hold. */
export type TokenHash = string & { readonly [hashBrand]: true };

export type HashToken = (token: Token) => TokenHash;

export function digestToken(digest: Digest): Token {
  return digest as string as Token;
}

/** A repository called `sha256` with a tag of 64 hexadecimal characters meets a digest's token: then both are held or spared, which only keeps more. */
export function tagToken(repository: RepositoryName, tag: Tag): Token {
  return `${repository}:${tag}` as Token;
}

const grammar = /^[0-9a-f]{32}$/;

export function parseTokenHash(text: string): TokenHash | undefined {
  return grammar.test(text) ? (text as TokenHash) : undefined;
}
