import type { IncomingHttpHeaders } from 'node:http';

export interface LocationSettings {
  /** The beginning of absolute locations, as `https://registry.example.com/path`, before `/v2/`; absent: as the client called us, and `prefix`. */
  readonly host?: string;
  /** What stands before `/v2/` in every path, as `/path`; absent: nothing. */
  readonly prefix?: string;
  /** Whether clients reach us by TLS, unless a proxy says that they come to it otherwise. */
  readonly isSecure?: boolean;
  readonly relativeUrls: boolean;
}

const hostGrammar = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

/** `Location` for a path of ours, from `/v2/` on: absolute, as distribution writes it, unless configured otherwise or nothing sensible can be said. */
export function locationOf(
  { host, prefix = '', relativeUrls, isSecure = false }: LocationSettings,
  headers: IncomingHttpHeaders,
  resource: string,
): string {
  const path = `${prefix}${resource}`;
  if (relativeUrls) return path;
  if (host !== undefined) return `${host.replace(/\/$/, '')}${resource}`;
  const called = first(headers, 'x-forwarded-host') ?? headers.host ?? '';
  if (!hostGrammar.test(called)) return path;
  const said = first(headers, 'x-forwarded-proto');
  const scheme = said === 'https' || said === 'http' ? said : isSecure ? 'https' : 'http';
  return `${scheme}://${called}${path}`;
}

/** Proxies append to such headers; the first entry is what the client said. */
function first(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim();
}
