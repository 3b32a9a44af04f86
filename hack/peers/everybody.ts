import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lacking } from '../tools/cache.ts';
import { clients } from './clients.ts';
import { repository } from './ownedContent.ts';
import type { OwnedRegistry } from './ownedRegistry.ts';
import type { Session } from './session.ts';
import { clientTrusting } from './tools.ts';

const names = ['skopeo', 'crane', 'oras', 'docker'];

interface User {
  readonly name: string;
  readonly session: Session;
}

/** People who use a registry, each with a client of their own, and a repository: they have logged in, once. */
export class Everybody {
  readonly users: readonly User[];
  readonly #owned: OwnedRegistry;

  /** Rejects where a client is not on the machine. */
  static async logIn(owned: OwnedRegistry, signal: AbortSignal): Promise<Everybody> {
    const users: User[] = [];
    for (const { name, tools, begin } of clients.filter((one) => names.includes(one.name))) {
      const missing = (await Promise.all(tools.map(lacking))).filter((one) => one !== undefined);
      if (missing.length > 0) throw new Error(missing.join('\n'));
      const home = join(owned.folder, name);
      await mkdir(home);
      users.push({ name, session: await begin(owned.door, home, signal) });
    }
    return new Everybody(owned, users);
  }

  private constructor(owned: OwnedRegistry, users: readonly User[]) {
    this.#owned = owned;
    this.users = users;
  }

  /** Each takes `source` of what all have, pushes it as its own, and has it back. What was pushed. */
  async push(source: string, tag: string): Promise<readonly string[]> {
    const pushed: string[] = [];
    for (const { name, session } of this.users) {
      const own = `${name}/app:${tag}`;
      await session.pull(`${repository}:${source}`);
      await session.push(own);
      await session.pull(own);
      pushed.push(own);
    }
    return pushed;
  }

  /** A file to an image that all have: with a tag beside it, as clients do where there is no referrers API. */
  async attach(tag: string): Promise<void> {
    const { folder, door } = this.#owned;
    const home = join(folder, 'oras');
    await writeFile(join(home, 'notes.txt'), 'notes');
    const words = ['attach', '--plain-http=false', '--artifact-type', 'application/vnd.example.notes'];
    await clientTrusting(door.ca, 'oras', home, [
      ...words,
      `${door.host}/${repository}:${tag}`,
      'notes.txt:text/plain',
    ]);
  }

  async end(): Promise<void> {
    for (const { session } of this.users) await session.end?.();
  }
}
