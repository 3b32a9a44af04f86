import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { der, pem } from '../../registry/tls/testing/der.ts';

/** A certificate and its private key, both PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  /** Kubernetes: the user. */
  readonly commonName: string;
  /** Kubernetes: the user's group. */
  readonly organization?: string;
}

/** Of a year that has begun on any machine, to the last that this notation of time can say: nobody needs a clock. */
const validity = der.sequence(der.time('200101000000Z'), der.time('491231235959Z'));
const ecdsaWithSha256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'));
const serverUse = '1.3.6.1.5.5.7.3.1';
const clientUse = '1.3.6.1.5.5.7.3.2';
/** digitalSignature, keyCertSign, cRLSign. */
const authorityKeyUsage = der.bits(Buffer.from([0b1000_0110]), 1);

/** A certificate authority of its own for each test or trial, made with Node alone (X.509 v3, RFC 5280; ECDSA on P-256). */
export class Authority {
  /** PEM. */
  readonly certificate: string;
  readonly #subject: Subject;
  readonly #key: KeyObject;

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    // Not the name of anyone it vouches for: who is issued by their own name is taken for self-signed.
    this.#subject = { commonName: `${name} authority` };
    this.#key = privateKey;
    this.certificate = this.#sign(this.#subject, publicKey, [
      extension('2.5.29.19', der.sequence(der.yes), 'critical'), // basic constraints: it may sign others
      extension('2.5.29.15', authorityKeyUsage, 'critical'),
    ]);
  }

  /** For a server that is called by these names and addresses. */
  issueServer(commonName: string, names: readonly string[]): Credential {
    return this.#issue({ commonName }, [
      extension('2.5.29.37', der.sequence(der.objectId(serverUse))),
      extension('2.5.29.17', der.sequence(...names.map(alternativeName))),
    ]);
  }

  issueClient(subject: Subject): Credential {
    return this.#issue(subject, [extension('2.5.29.37', der.sequence(der.objectId(clientUse)))]);
  }

  #issue(subject: Subject, extensions: readonly Buffer[]): Credential {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { certificate: this.#sign(subject, publicKey, extensions), key: pemOfKey(privateKey) };
  }

  #sign(subject: Subject, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const content = der.sequence(
      der.holder(0, der.integer(2)), // version 3
      der.integer(1, ...randomBytes(15)), // serial number
      ecdsaWithSha256,
      nameOf(this.#subject),
      validity,
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der.holder(3, der.sequence(...extensions)),
    );
    const signature = sign('sha256', content, this.#key);
    return pem('CERTIFICATE', der.sequence(content, ecdsaWithSha256, der.bits(signature)));
  }
}

/** The two halves of a signing key, PEM: what an API server makes and checks the tokens of service accounts with. */
export function signingKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey: pemOfKey(privateKey), publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function nameOf({ commonName, organization }: Subject): Buffer {
  const part = (type: string, text: string): Buffer => der.set(der.sequence(der.objectId(type), der.text(text)));
  const group = organization === undefined ? [] : [part('2.5.4.10', organization)];
  return der.sequence(...group, part('2.5.4.3', commonName));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name) ? der.choice(7, Buffer.from(name.split('.').map(Number))) : der.choice(2, Buffer.from(name));
}

function extension(type: string, content: Buffer, critical?: 'critical'): Buffer {
  return der.sequence(der.objectId(type), ...(critical === undefined ? [] : [der.yes]), der.bytes(content));
}
