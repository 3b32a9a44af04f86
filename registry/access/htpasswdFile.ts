import { readFile, stat } from 'node:fs/promises';
import type { Log } from '../window/ports.ts';
import { AccessUnusable } from './access.ts';

/** Who has which hash of bcrypt, and a hash that is nobody's, as costly as the costliest of theirs. */
export interface Passwords {
  readonly hashes: ReadonlyMap<string, string>;
  readonly nobodys: string;
}

const key = 'auth.htpasswd.path';
const longestBytes = 8 << 20;
/** Beyond a cost of 16 one check takes many seconds, and all others wait for it. */
const bcrypt = /^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;
const usualCost = 10;

/** An htpasswd file that may change while it is served. */
export class HtpasswdFile {
  readonly #path: string;
  readonly #log: Log;
  #read: { readonly stamp: string; readonly passwords: Promise<Passwords> } | undefined;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** As the file is now. Rejects with `AccessUnusable` where it cannot be read or is not understood: then nobody is let in. */
  async passwords(): Promise<Passwords> {
    const stamp = await this.#stamp();
    const before = this.#read;
    // The stamp is older than what is read: a file that changes in between is read again.
    const read = before?.stamp === stamp ? before : { stamp, passwords: this.#take() };
    this.#read = read;
    try {
      return await read.passwords;
    } catch (error) {
      if (this.#read === read) this.#read = undefined;
      throw error;
    }
  }

  async #take(): Promise<Passwords> {
    const { passwords, odd } = parseHtpasswd(await this.#content());
    const users = passwords.hashes.size;
    this.#log.info({ path: this.#path, users }, 'the htpasswd file was read');
    if (odd.length > 0) {
      this.#log.warn(
        { path: this.#path, lines: odd },
        'lines of the htpasswd file are not of bcrypt (htpasswd -B): their users are not let in',
      );
    }
    return passwords;
  }

  async #stamp(): Promise<string> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.#path, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join();
    } catch (cause) {
      throw AccessUnusable.because(`${key}: cannot read ${this.#path}`, cause);
    }
  }

  async #content(): Promise<string> {
    try {
      const content = await readFile(this.#path);
      if (content.length > longestBytes) throw new Error('it is larger than 8 MiB');
      return new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch (cause) {
      throw AccessUnusable.because(`${key}: cannot read ${this.#path}`, cause);
    }
  }
}

/**
 * `odd`: numbers of the lines whose hash is not of bcrypt. The last line of a user is the one that holds, as in distribution. Throws `AccessUnusable` where a
 * line is not understood at all, and never shows what stands there.
 */
export function parseHtpasswd(content: string): { readonly passwords: Passwords; readonly odd: readonly number[] } {
  const hashes = new Map<string, string>();
  const odd: number[] = [];
  for (const [at, line] of content.split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const colon = text.indexOf(':');
    if (colon < 1) throw new AccessUnusable(`${key}: line ${at + 1} is not USER:HASH`);
    const [user, hash] = [text.slice(0, colon), text.slice(colon + 1)];
    hashes.delete(user);
    if (bcrypt.test(hash)) hashes.set(user, hash);
    else odd.push(at + 1);
  }
  const cost = Math.max(usualCost, ...Array.from(hashes.values(), (hash) => Number(bcrypt.exec(hash)?.[1])));
  return { passwords: { hashes, nobodys: `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}` }, odd };
}
