import type { Digest } from '../../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../../core/oci/reference.ts';
import type { History } from '../kernel/history.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { Promises } from './promises.ts';
import { type Look, TagRegister } from './register.ts';

/** The reference: what clients were told, and so what every later answer and the final storage must agree with. */
export class Judge {
  readonly violations: string[] = [];
  readonly promiseMs: number;
  readonly #scheduler: Scheduler;
  readonly #history: History;
  readonly #tags = new Map<string, { readonly repository: RepositoryName; readonly tag: Tag; register: TagRegister }>();
  readonly #blobs = new Map<string, Promises>();
  readonly #manifests = new Map<string, Promises>();

  constructor(scheduler: Scheduler, history: History, promiseMs: number) {
    this.#scheduler = scheduler;
    this.#history = history;
    this.promiseMs = promiseMs;
  }

  /** The moment at which a look begins. */
  now(): number {
    return this.#scheduler.moment();
  }

  /** A look that has just ended. */
  lookSince(from: number): Look {
    return { from, until: this.#scheduler.moment(), untilMs: this.#scheduler.now };
  }

  tag(repository: RepositoryName, tag: Tag): TagRegister {
    const key = `${repository}:${tag}`;
    const known = this.#tags.get(key) ?? { repository, tag, register: new TagRegister(this.#scheduler) };
    this.#tags.set(key, known);
    return known.register;
  }

  /** All that were ever spoken of, of one repository or of all. */
  tags(repository?: RepositoryName): readonly { repository: RepositoryName; tag: Tag; register: TagRegister }[] {
    return [...this.#tags.values()].filter((known) => repository === undefined || known.repository === repository);
  }

  blob(repository: RepositoryName, digest: Digest): Promises {
    return this.#promises(this.#blobs, `${repository}@${digest}`);
  }

  manifest(repository: RepositoryName, digest: Digest): Promises {
    return this.#promises(this.#manifests, `${repository}@${digest}`);
  }

  violated(rule: string, what: string): void {
    this.violations.push(`${rule}: ${what}`);
    this.#history.say('VIOLATION', `${rule}: ${what}`);
  }

  /** What no program should throw. */
  faulted(error: unknown): void {
    this.violated('fault', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** What a look at a tag found. */
  found(repository: RepositoryName, tag: Tag, digest: Digest | undefined, look: Look): void {
    if (this.tag(repository, tag).may(digest, look)) return;
    this.violated('G2/D1', `${repository}:${tag} ${digest === undefined ? 'is gone' : `names ${short(digest)}`}`);
  }

  /** D1: what was acknowledged as deleted is not served, by any replica, from whatever it remembers. */
  served(repository: RepositoryName, digest: Digest, look: Look): void {
    if (this.manifest(repository, digest).isGone(look))
      this.violated('D1', `manifest ${repository}@${short(digest)} was deleted and is served`);
  }

  missed(kind: 'blob' | 'manifest', repository: RepositoryName, digest: Digest, look: Look): void {
    if (!this[kind](repository, digest).binds(look, this.promiseMs)) return;
    this.violated('G2/G3', `${kind} ${repository}@${short(digest)} was promised and is missing`);
  }

  #promises(book: Map<string, Promises>, key: string): Promises {
    const known = book.get(key) ?? new Promises(this.#scheduler);
    book.set(key, known);
    return known;
  }
}

export function short(digest: Digest): string {
  return digest.slice(7, 19);
}
