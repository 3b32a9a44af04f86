import type { Values } from './keys.ts';
import { type Kind, kind, list, Unfit, unfit } from './kinds.ts';
import type { Mistake } from './mistake.ts';

/** Who may use the registry API. */
export type AccessConfig =
  | { readonly by: 'nothing' }
  | ({ readonly by: 'htpasswd' } & HtpasswdConfig)
  | ({ readonly by: 'token' } & TokenConfig);

export interface HtpasswdConfig {
  readonly realm: string;
  /** The file. */
  readonly path: string;
  /** Pulls need no name. */
  readonly anonymousPull: boolean;
}

export interface TokenConfig {
  /** Where clients get tokens. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Files, at least one of them: certificates in PEM, and a set of keys (RFC 7517). */
  readonly rootCertBundle?: string;
  readonly jwks?: string;
  readonly algorithms: readonly string[];
  readonly anonymousPull: boolean;
}

/** Stands between quotes in a header. */
export const headerText = kind('a text of printable characters', (value) =>
  typeof value === 'string' && /^[\x20-\x7e]{1,1024}$/.test(value) ? value : undefined,
);

/** Every one that is taken, which is also what a configuration without any means. */
export const families: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

const algorithmList = list(`a list of ${families.join(', ')}`, (value) => {
  if (typeof value !== 'string') return undefined;
  if (value.startsWith('HS'))
    throw new Unfit(`must not hold ${value}: it signs with a secret that every registry shares`);
  return families.find((one) => one === value);
});

/** None at all would let nobody in, and is likelier a mistake than a wish. */
export const signingAlgorithms: Kind<readonly string[]> = {
  ...algorithmList,
  read: (value) => {
    const read = algorithmList.read(value);
    return read.length > 0 ? read : unfit(algorithmList.takes, value);
  },
};

export const nothing = kind('left empty', (value) =>
  value === null || (value instanceof Map && value.size === 0) ? ('nothing' as const) : undefined,
);

export const notRedirected = kind('false', (value) => {
  if (value === true) throw new Unfit('must be false: clients are sent to auth.token.realm as it stands');
  return value === false ? false : undefined;
});

interface Read {
  readonly access: AccessConfig;
  readonly mistakes: readonly Mistake[];
}

/** `isNamed`: whether a section stands in the configuration, whatever is in it. One that does and does not say all is a mistake, never no access control. */
export function readAccess(values: Values, isNamed: (section: string) => boolean): Read {
  const [byFile, byToken, byNothing] = [
    isNamed('auth.htpasswd'),
    isNamed('auth.token'),
    values['auth.none'] !== undefined,
  ];
  if ([byFile, byToken, byNothing].filter(Boolean).length > 1) {
    return refused({ key: 'auth', says: 'takes one of htpasswd, token and none' });
  }
  if (byFile) return readHtpasswd(values);
  if (byToken) return readToken(values);
  if (!values['coppice.anonymousPull']) return { access: { by: 'nothing' }, mistakes: [] };
  const says = 'needs auth.htpasswd or auth.token: without, nobody is asked for a name anyway';
  return refused({ key: 'coppice.anonymousPull', says });
}

function readHtpasswd(values: Values): Read {
  const anonymousPull = values['coppice.anonymousPull'];
  const [realm, path] = [values['auth.htpasswd.realm'], values['auth.htpasswd.path']];
  if (realm === undefined || path === undefined) {
    return refused(...lacking('auth.htpasswd', { realm, path }));
  }
  return { access: { by: 'htpasswd', realm, path, anonymousPull }, mistakes: [] };
}

function readToken(values: Values): Read {
  const [rootCertBundle, jwks] = [values['auth.token.rootcertbundle'], values['auth.token.jwks']];
  const [realm, service, issuer] = [
    values['auth.token.realm'],
    values['auth.token.service'],
    values['auth.token.issuer'],
  ];
  const keys = rootCertBundle ?? jwks;
  if (realm === undefined || service === undefined || issuer === undefined || keys === undefined) {
    return refused(...lacking('auth.token', { realm, service, issuer, 'rootcertbundle or .jwks': keys }));
  }
  const access: AccessConfig = {
    ...{ by: 'token', realm, service, issuer, algorithms: values['auth.token.signingalgorithms'] },
    ...(rootCertBundle === undefined ? {} : { rootCertBundle }),
    ...(jwks === undefined ? {} : { jwks }),
    anonymousPull: values['coppice.anonymousPull'],
  };
  return { access, mistakes: [] };
}

function refused(...mistakes: readonly Mistake[]): Read {
  return { access: { by: 'nothing' }, mistakes };
}

function lacking(section: string, needed: Readonly<Record<string, string | undefined>>): readonly Mistake[] {
  const missing = Object.entries(needed).filter(([, value]) => value === undefined);
  return missing.map(([key]) => ({ key: `${section}.${key}`, says: 'is needed: nobody could be let in without it' }));
}
