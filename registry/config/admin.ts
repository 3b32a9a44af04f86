import { entriesOf, list, Unfit, unfit } from './kinds.ts';
import { isLoopback } from './listen.ts';
import type { Values } from './keys.ts';
import type { Mistake } from './mistake.ts';
import { readTlsFiles } from './tls.ts';
import type { TlsConfig } from '../tls/secureServer.ts';

export type AdminVerb = 'read' | 'plan' | 'execute';

export interface AdminKey {
  readonly name: string;
  /** Of the token, 64 hexadecimal characters; the token itself stands nowhere. */
  readonly sha256: string;
  readonly verbs: readonly AdminVerb[];
}

/** Somebody whom a cluster knows, by the name that its API server gives him. */
export interface AdminUser {
  readonly name: string;
  readonly verbs: readonly AdminVerb[];
}

/** How callers are checked by the API server of a cluster. */
export interface AdminTokenReview {
  readonly audience: string;
  readonly users: readonly AdminUser[];
  /** Of the API server: `https://HOST:PORT`. */
  readonly server: string;
  /** This replica's own token, and whom it trusts to be the API server: files. */
  readonly tokenFile: string;
  readonly caFile: string;
}

const verbs: readonly AdminVerb[] = ['read', 'plan', 'execute'];
const isVerb = (value: unknown): value is AdminVerb => verbs.some((verb) => verb === value);

function verbsOf(value: unknown): readonly AdminVerb[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isVerb)) return value;
  return unfit(`a list of ${verbs.join(', ')}`, value);
}

function adminKey(value: unknown): AdminKey {
  const { name, sha256, verbs: may, ...others } = Object.fromEntries(entriesOf(value) ?? unfit('a map', value));
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Unfit(`a key takes name, sha256 and verbs, not ${unknown.join(', ')}`);
  if (typeof name !== 'string' || !/^[A-Za-z0-9._-]{1,63}$/.test(name)) return unfit('a name for the key', name);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    // Never shown: what stands there may be the token itself.
    throw new Unfit(`the sha256 of key "${name}" must be 64 hexadecimal characters in lower case`);
  }
  return { name, sha256, verbs: verbsOf(may) };
}

function adminUser(value: unknown): AdminUser {
  const { name, verbs: may, ...others } = Object.fromEntries(entriesOf(value) ?? unfit('a map', value));
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Unfit(`a user takes name and verbs, not ${unknown.join(', ')}`);
  if (typeof name !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(name)) return unfit('the name of a user', name);
  return { name, verbs: verbsOf(may) };
}

function namedList<T extends { readonly name: string }>(takes: string, one: (value: unknown) => T, twice: string) {
  const entries = list(takes, one);
  const read = (value: unknown): readonly T[] => {
    const found = entries.read(value);
    if (new Set(found.map(({ name }) => name)).size < found.length) throw new Unfit(twice);
    return found;
  };
  return { ...entries, read };
}

export const adminKeys = namedList('a list of keys {name, sha256, verbs}', adminKey, 'two keys have one name');
export const adminUsers = namedList('a list of users {name, verbs}', adminUser, 'two users have one name');

/** What the keys of the admin API say together: `apiServer` is where Kubernetes says its own is. */
export function readAdmin(
  values: Values,
  apiServer: string | undefined,
): { readonly tls?: TlsConfig; readonly tokenReview?: AdminTokenReview; readonly mistakes: readonly Mistake[] } {
  const { tls, mistakes } = readTlsFiles('coppice.admin.tls', values);
  const { tokenReview, mistakes: more } = readTokenReview(values, apiServer);
  return {
    // Who has no certificate is told so in words, by HTTP; and a nudge needs none.
    ...(tls === undefined ? {} : { tls: { ...tls, clientAuth: 'request-client-cert' } }),
    ...(tokenReview === undefined ? {} : { tokenReview }),
    mistakes: [...mistakes, ...more, ...refusedAddress(values)],
  };
}

function readTokenReview(
  values: Values,
  apiServer: string | undefined,
): { readonly tokenReview?: AdminTokenReview; readonly mistakes: readonly Mistake[] } {
  const audience = values['coppice.admin.tokenReview.audience'];
  const users = values['coppice.admin.tokenReview.users'];
  const server = values['coppice.admin.tokenReview.server'] ?? apiServer;
  if (audience === undefined) {
    const says = 'is needed: without it a token for anything else would do here';
    return { mistakes: users.length === 0 ? [] : [{ key: 'coppice.admin.tokenReview.audience', says }] };
  }
  const mistakes: Mistake[] = [];
  if (users.length === 0) {
    mistakes.push({ key: 'coppice.admin.tokenReview.users', says: 'is needed: nobody else may do anything' });
  }
  if (server?.startsWith('https://') !== true) {
    const says = 'must be a URL of https: KUBERNETES_SERVICE_HOST and _PORT, which say it in a pod, do not';
    return { mistakes: [...mistakes, { key: 'coppice.admin.tokenReview.server', says }] };
  }
  const [tokenFile, caFile] = [
    values['coppice.admin.tokenReview.tokenFile'],
    values['coppice.admin.tokenReview.caFile'],
  ];
  return { tokenReview: { audience, users, server, tokenFile, caFile }, mistakes };
}

function refusedAddress(values: Values): readonly Mistake[] {
  const address = values['coppice.admin.addr'];
  if (address === undefined || isLoopback(address)) return [];
  const isSecret = values['coppice.admin.tls.certificate'] !== undefined;
  const asksWho = values['coppice.admin.keys'].length > 0 || values['coppice.admin.tokenReview.audience'] !== undefined;
  const lacks = [
    ...(isSecret ? [] : ['coppice.admin.tls']),
    ...(asksWho ? [] : ['coppice.admin.keys or coppice.admin.tokenReview']),
  ];
  if (lacks.length === 0) return [];
  const says = `reaches beyond this machine, which needs ${lacks.join(' and ')}; or listen on 127.0.0.1`;
  return [{ key: 'coppice.admin.addr', says }];
}
