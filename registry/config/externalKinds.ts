import { parsePlace, type Place } from './listen.ts';
import { kind, type Kind } from './kinds.ts';

/** Kinds of what says where the registry API is, within and without. */
export const place: Kind<Place> = kind('HOST:PORT or :PORT, or where http.net is unix the path of a socket', (value) =>
  typeof value === 'string' ? parsePlace(value) : undefined,
);

/** Without the slash at its end; empty: none. */
export const pathPrefix = kind('a path such as /images/', (value) => {
  if (typeof value !== 'string' || !value.startsWith('/')) return undefined;
  const path = value.replace(/\/$/, '');
  const [, ...segments] = path.split('/');
  return segments.every((segment) => /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/.test(segment)) ? path : undefined;
});

/** Where clients reach us, with whatever a proxy puts before `/v2/`; without a slash at its end. */
export const externalUrl = kind('a URL of http or https without a query', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, origin, pathname, search, hash, username, password } = new URL(value);
  const isBare = ['http:', 'https:'].includes(protocol) && search + hash + username + password === '';
  return isBare ? `${origin}${pathname}`.replace(/\/$/, '') : undefined;
});
