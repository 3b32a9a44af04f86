import { type Access, AccessUnusable, type Asked, quoted, type Verdict } from './access.ts';
import type { HtpasswdFile } from './htpasswdFile.ts';
import type { PasswordChecks } from './passwordChecks.ts';

export interface HtpasswdPorts {
  readonly realm: string;
  readonly file: HtpasswdFile;
  readonly checks: PasswordChecks;
}

/** Users and passwords of an htpasswd file. Who proves a name may do everything, as in distribution. */
export class HtpasswdAccess implements Access {
  readonly #ports: HtpasswdPorts;
  readonly #challenge: string;

  constructor(ports: HtpasswdPorts) {
    this.#ports = ports;
    this.#challenge = `Basic realm=${quoted(ports.realm)}`;
  }

  async judge({ authorization }: Asked): Promise<Verdict> {
    const unauthenticated = { is: 'unauthenticated', challenge: this.#challenge } as const;
    const claimed = claimedBy(authorization);
    if (claimed === undefined) return unauthenticated;
    try {
      const { hashes, nobodys } = await this.#ports.file.passwords();
      const hash = hashes.get(claimed.user);
      // A name that is nobody's takes as long as a wrong password: how long it takes tells nothing.
      const found = await this.#ports.checks.check({ ...claimed, hash: hash ?? nobodys });
      if (found === 'busy') return { is: 'undecided', why: 'busy' };
      if (found === 'wrong' || hash === undefined) return unauthenticated;
      return { is: 'allowed', user: claimed.user, mayPull: () => true };
    } catch (error) {
      if (!(error instanceof AccessUnusable)) throw error;
      return { is: 'undecided', why: 'unreadable', cause: error };
    }
  }
}

const basic = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** RFC 7617; `undefined`: no name and password in UTF-8. */
function claimedBy(authorization = ''): { readonly user: string; readonly password: string } | undefined {
  const bytes = Buffer.from(basic.exec(authorization)?.[1] ?? '', 'base64');
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  // What is not UTF-8 would be read as something else, and that could be somebody's password.
  if (colon < 1 || !Buffer.from(text).equals(bytes)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
