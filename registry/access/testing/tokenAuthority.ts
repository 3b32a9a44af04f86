import { exportJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { TestCertificate } from '../../tls/testing/certificate.ts';

/** Whoever gives out tokens in a test: a key, and what it says of itself. */
export class TokenAuthority {
  readonly issuer = 'auth.example.com';
  readonly service = 'registry.example.com';
  readonly key: KeyObject;

  constructor(certificate?: TestCertificate) {
    this.key =
      certificate === undefined
        ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
        : createPrivateKey(certificate.key);
  }

  /** The public key, as a set of keys has it. */
  async jwk(more: object = {}): Promise<object> {
    return { ...(await exportJWK(createPublicKey(this.key))), ...more };
  }

  /** A token that is good for five minutes from `now` (ms since 1970); `claims` go over what is usual. */
  async token(now: number, header: Partial<JWTHeaderParameters>, claims: JWTPayload = {}): Promise<string> {
    const seconds = Math.floor(now / 1000);
    const usual = { iss: this.issuer, aud: this.service, sub: 'ann', nbf: seconds, exp: seconds + 300, access: [] };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(this.key);
  }
}

/** What a certificate is in `x5c`. */
export function inChain({ cert }: TestCertificate): string {
  return cert.replaceAll(/-----[^-]+-----|\n/g, '');
}
