import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate and its key, both PEM, and the name in it. */
export interface TestCertificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
}

interface Making {
  readonly alternativeName?: string;
  /** Whose signature it bears; absent: its own, and so it is its own authority. */
  readonly by?: TestCertificate;
  readonly isAuthority?: boolean;
  readonly until?: Date;
}

/**
 * A certificate for 127.0.0.1 and `localhost`, made anew each time. Node reads certificates and makes none: what follows is the little of DER (X.690) that an
 * X.509 certificate (RFC 5280) needs.
 */
export function testCertificate(name: string, making: Making = {}): TestCertificate {
  const { alternativeName = 'localhost', by, isAuthority = by === undefined, until = new Date('2099-12-31') } = making;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x18, Buffer.from(generalizedTime(until))));
  const alternatives = sequence(der(0x82, Buffer.from(alternativeName)), der(0x87, Buffer.from([127, 0, 0, 1])));
  const authority = sequence(oid(0x55, 0x1d, 0x13), isTrue, der(0x04, sequence(isTrue))); // critical
  const extensions = sequence(
    ...(isAuthority ? [authority] : []),
    sequence(oid(0x55, 0x1d, 0x11), der(0x04, alternatives)),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([1])), // serial number
    ecdsaWithSha256,
    ...[subjectOf(by?.name ?? name), validity, subjectOf(name)],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signed = sign('sha256', body, by?.key ?? privateKey);
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), signed]));
  return {
    name,
    cert: pem('CERTIFICATE', sequence(body, ecdsaWithSha256, signature)),
    key: pem('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' })),
  };
}

function subjectOf(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

function generalizedTime(at: Date): string {
  return `${at
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')}Z`;
}

const isTrue = der(0x01, Buffer.from([0xff]));
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(...encoded: readonly number[]): Buffer {
  return der(0x06, Buffer.from(encoded));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
