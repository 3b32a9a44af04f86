import type { KeyObject } from 'node:crypto';
import { X509Certificate } from 'node:crypto';

const longest = 8;

/**
 * The key of the first certificate of an `x5c` (RFC 7515 section 4.1.6: base64 of DER, the signer's first), if a chain leads from it to one of the roots and
 * all of it is valid at `now` (ms since 1970). Throws where it does not, and where anything is not understood.
 *
 * Extended key usage is not asked, as in distribution. Nor are constraints of names and of length: they say nothing of tokens, and whoever holds an authority
 * below a root could sign with a certificate of its own anyway.
 */
export function chainedKey(x5c: unknown, roots: readonly X509Certificate[], now: number): KeyObject {
  const [leaf, ...others] = certificatesOf(x5c);
  if (leaf === undefined) throw new Error('x5c is empty');
  let last = leaf;
  for (let length = 0; length < longest; length++) {
    mustBeValid(last, now);
    const issuedBy = issuerTest(last);
    const root = roots.find((one) => one.raw.equals(last.raw) || issuedBy(one));
    if (root !== undefined) {
      mustBeValid(root, now);
      return leaf.publicKey;
    }
    const next = others.find(issuedBy);
    if (next === undefined) break;
    last = next;
  }
  throw new Error('the certificates of the token lead to none of auth.token.rootcertbundle');
}

function certificatesOf(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length > longest) throw new Error('x5c is not a list of a few certificates');
  return (x5c as readonly unknown[]).map((one) => {
    if (typeof one !== 'string') throw new Error('x5c holds something else than certificates');
    return new X509Certificate(Buffer.from(one, 'base64'));
  });
}

function issuerTest(issued: X509Certificate): (by: X509Certificate) => boolean {
  return (by) => by.ca && issued.checkIssued(by) && issued.verify(by.publicKey);
}

function mustBeValid({ validFromDate, validToDate }: X509Certificate, now: number): void {
  if (now < validFromDate.getTime() || now > validToDate.getTime()) {
    throw new Error('a certificate of the token’s chain is not valid now');
  }
}
