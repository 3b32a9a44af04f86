declare const digestBrand: unique symbol;

/** A content digest as OCI writes it, `algorithm:hex` (image-spec, descriptor.md#digests), checked against its grammar. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms, with what the hexadecimal part of each looks like. */
const hexGrammar = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ } as const;

export type DigestAlgorithm = keyof typeof hexGrammar;

const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** `undefined` for everything that is not a digest of a registered algorithm in its canonical, lower-case form. */
export function parseDigest(text: string): Digest | undefined {
  return grammar.test(text) ? (text as Digest) : undefined;
}

/** The same of a digest in two parts; a mark asks it of every name on the storage. */
export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest | undefined {
  return hexGrammar[algorithm].test(hex) ? (`${algorithm}:${hex}` as Digest) : undefined;
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length); // both algorithms' names are equally long
}
