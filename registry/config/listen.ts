/** Where a listener binds. Without a host: on every address of the machine, as distribution's `:5000` means. */
export interface Listen {
  readonly host?: string;
  readonly port: number;
}

/** A socket in the file system, as an absolute or a relative path with a slash. */
export interface UnixSocket {
  readonly path: string;
}

export type Place = Listen | UnixSocket;

const grammar = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):([0-9]{1,5})$/;

export function parseListen(text: string): Listen | undefined {
  const [, six, name, digits] = grammar.exec(text) ?? [];
  const port = digits === undefined ? NaN : Number(digits);
  if (!(port <= 65_535)) return undefined;
  const host = six ?? name ?? '';
  return host === '' ? { port } : { host, port };
}

export function parsePlace(text: string): Place | undefined {
  return parseListen(text) ?? (text.includes('/') && !text.includes('\0') ? { path: text } : undefined);
}

export function showPlace(place: Place): string {
  return 'path' in place ? place.path : showListen(place);
}

export function showListen({ host = '', port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Only these reach no further than this machine; a name could resolve to anything. */
export function isLoopback({ host }: Listen): boolean {
  return host !== undefined && isLoopbackHost(host);
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}
