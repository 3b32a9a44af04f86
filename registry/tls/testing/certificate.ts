import { generateKeyPairSync, sign } from 'node:crypto';
import { der, pem } from './der.ts';

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

/** A certificate for 127.0.0.1 and `localhost`, made anew each time. */
export function testCertificate(name: string, making: Making = {}): TestCertificate {
  const { alternativeName = 'localhost', by, isAuthority = by === undefined, until = new Date('2099-12-31') } = making;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const validity = der.sequence(der.time('200101000000Z'), der.longTime(longTimeOf(until)));
  const alternatives = der.sequence(
    der.choice(2, Buffer.from(alternativeName)),
    der.choice(7, Buffer.from([127, 0, 0, 1])),
  );
  const mayIssue = der.sequence(der.objectId('2.5.29.19'), der.yes, der.bytes(der.sequence(der.yes))); // critical
  const extensions = der.sequence(
    ...(isAuthority ? [mayIssue] : []),
    der.sequence(der.objectId('2.5.29.17'), der.bytes(alternatives)),
  );
  const body = der.sequence(
    der.holder(0, der.integer(2)), // version 3
    der.integer(1), // serial number
    ecdsaWithSha256,
    ...[subjectOf(by?.name ?? name), validity, subjectOf(name)],
    publicKey.export({ type: 'spki', format: 'der' }),
    der.holder(3, extensions),
  );
  const signature = der.bits(sign('sha256', body, by?.key ?? privateKey));
  return {
    name,
    cert: pem('CERTIFICATE', der.sequence(body, ecdsaWithSha256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const ecdsaWithSha256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'));

function subjectOf(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.text(name))));
}

function longTimeOf(at: Date): string {
  return `${at
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')}Z`;
}
