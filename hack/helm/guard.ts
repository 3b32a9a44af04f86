import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { Authority } from '../cluster/authority.ts';
import type { User } from '../peers/door.ts';
import { namespace, type Release } from './release.ts';

const serverName = `r-coppice.${namespace}.svc`;

/** What a release is given so that its registry API asks for passwords and speaks TLS: files, and Secrets out of those. */
export class Guard {
  /** For `helm upgrade`. */
  readonly values = ['--set', 'registry.htpasswd.secretName=passwords', '--set', 'registry.tls.secretName=serving'];
  readonly #release: Release;
  readonly #folder: string;

  constructor(release: Release, folder: string) {
    this.#release = release;
    this.#folder = folder;
  }

  async admit(users: readonly User[], signal: AbortSignal): Promise<void> {
    const lines = users.map(async ({ name, password }) => `${name}:${await hash(password, 5)}\n`);
    const file = await this.#written('htpasswd', (await Promise.all(lines)).join(''));
    await this.#release.putSecret(['generic', 'passwords', `--from-file=${file}`], signal);
  }

  /** For the Service, and for who comes by a port of this machine. A file (PEM): the authority, which is a new one each time. */
  async certify(name: string, signal: AbortSignal): Promise<string> {
    const authority = new Authority(name);
    const issued = authority.issueServer('registry', [serverName, 'localhost']);
    const cert = await this.#written(`${name}.crt`, issued.certificate);
    const key = await this.#written(`${name}.key`, issued.key);
    await this.#release.putSecret(['tls', 'serving', `--cert=${cert}`, `--key=${key}`], signal);
    return this.#written(`${name}-ca.crt`, authority.certificate);
  }

  async #written(name: string, content: string): Promise<string> {
    const file = join(this.#folder, name);
    await writeFile(file, content);
    return file;
  }
}

/** What `/v2/` answers to this user, or to nobody in particular. Rejects where the certificate is of another authority than these (PEM). */
export async function statusAt(port: number, ca: string, user?: User): Promise<number | undefined> {
  const auth = user === undefined ? undefined : `${user.name}:${user.password}`;
  const asked = get({ host: '127.0.0.1', port, path: '/v2/', servername: serverName, ca, auth, agent: false });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}
