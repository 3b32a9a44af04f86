declare const digestBrand: unique symbol;

/** A content digest as OCI writes it, `algorithm:hex` (image-spec, descriptor.md#digests), checked against its grammar. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms, with the number of hexadecimal characters of each. */
const hexLength = { sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof hexLength;

const grammar = /^(sha256|sha512):([0-9a-f]+)$/;

/** `undefined` for everything that is not a digest of a registered algorithm in its canonical, lower-case form. */
export function parseDigest(text: string): Digest | undefined {
  const [, algorithm, hex] = grammar.exec(text) ?? [];
  if (algorithm === undefined || hex === undefined) return undefined;
  return hex.length === hexLength[algorithm as DigestAlgorithm] ? (text as Digest) : undefined;
}

export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest | undefined {
  return parseDigest(`${algorithm}:${hex}`);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length); // both algorithms' names are equally long
}
