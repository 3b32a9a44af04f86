import type { IncomingHttpHeaders } from 'node:http';

export interface LocationSettings {
  /** The beginning of absolute locations, as `https://registry.example.com`; absent: as the client called us. */
  readonly host?: string;
  readonly relativeUrls: boolean;
}

const hostGrammar = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

/** `Location` for a path of ours: absolute, as distribution writes it, unless configured otherwise or nothing sensible can be said. */
export function locationOf(
  { host, relativeUrls }: LocationSettings,
  headers: IncomingHttpHeaders,
  path: string,
): string {
  if (relativeUrls) return path;
  if (host !== undefined) return `${host.replace(/\/$/, '')}${path}`;
  const called = first(headers, 'x-forwarded-host') ?? headers.host ?? '';
  if (!hostGrammar.test(called)) return path;
  const isSecure = first(headers, 'x-forwarded-proto') === 'https';
  return `${isSecure ? 'https' : 'http'}://${called}${path}`;
}

/** Proxies append to such headers; the first entry is what the client said. */
function first(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim();
}
