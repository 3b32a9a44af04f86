import { calculateJwkThumbprint, type JWK } from 'jose';
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AccessUnusable } from './access.ts';

export interface TrustedKey {
  readonly key: KeyObject;
  /** The one algorithm that the key may be used with; absent: whichever fits it. */
  readonly algorithm?: string;
}

/** Whose signatures count: authorities for chains of certificates, and keys by each name that a `kid` may call them. */
export interface TokenTrust {
  readonly roots: readonly X509Certificate[];
  readonly keys: ReadonlyMap<string, TrustedKey>;
}

export interface TokenTrustFiles {
  readonly rootCertBundle?: string;
  readonly jwks?: string;
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const signingTypes: readonly unknown[] = ['RSA', 'EC', 'OKP'];

/** Rejects with `AccessUnusable`, also where there is no key at all. */
export async function readTokenTrust(
  { rootCertBundle, jwks }: TokenTrustFiles,
  signal: AbortSignal,
): Promise<TokenTrust> {
  const [roots, listed] = await Promise.all([
    rootCertBundle === undefined ? [] : fileOf('auth.token.rootcertbundle', rootCertBundle, certificatesIn, signal),
    jwks === undefined ? [] : fileOf('auth.token.jwks', jwks, keysIn, signal),
  ]);
  const keys = new Map<string, TrustedKey>();
  for (const { publicKey: key } of roots) for (const name of await namesOf(key)) keys.set(name, { key });
  for (const { name, ...trusted } of listed) {
    for (const each of name === undefined ? await namesOf(trusted.key) : [name]) keys.set(each, trusted);
  }
  return { roots, keys };
}

async function fileOf<T>(
  key: string,
  path: string,
  parse: (content: string) => readonly T[],
  signal: AbortSignal,
): Promise<readonly T[]> {
  try {
    const found = parse(await readFile(path, { encoding: 'utf8', signal }));
    if (found.length === 0) throw new Error('it holds no key that signs tokens');
    return found;
  } catch (cause) {
    throw AccessUnusable.because(`${key}: cannot use ${path}`, cause);
  }
}

function certificatesIn(content: string): X509Certificate[] {
  return Array.from(content.matchAll(certificate), ([pem]) => new X509Certificate(pem));
}

/** RFC 7517 section 5: keys of other types, and those for something else than signatures, are passed over. A shared secret is none that signs here. */
function keysIn(content: string): (TrustedKey & { readonly name?: string })[] {
  const set: unknown = JSON.parse(content);
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new Error('it is not {"keys": […]}');
  return (keys as readonly Partial<JWK>[])
    .filter(({ kty, use = 'sig' }) => signingTypes.includes(kty) && use === 'sig')
    .map((jwk) => ({
      key: createPublicKey({ key: jwk, format: 'jwk' }),
      ...(jwk.alg === undefined ? {} : { algorithm: jwk.alg }),
      ...(jwk.kid === undefined ? {} : { name: jwk.kid }),
    }));
}

/** What signers call a key of which nobody said the name: its thumbprint (RFC 7638, as for registry:3), or its fingerprint as libtrust wrote it (registry:2). */
async function namesOf(key: KeyObject): Promise<readonly string[]> {
  return [await calculateJwkThumbprint(key.export({ format: 'jwk' })), libtrustName(key)];
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 240 bits of the SHA-256 of the public key (DER), in base32, in groups of four. */
function libtrustName(key: KeyObject): string {
  const hash = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 30);
  const bits = Array.from(hash, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => base32[Number.parseInt(five, 2)]).join('');
  return (letters.match(/.{4}/g) ?? []).join(':');
}
