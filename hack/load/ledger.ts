import type { Digest } from '../../core/oci/digest.ts';
import type { PullOutcome, RegistryClient } from './client.ts';

/**
 * What the registry has acknowledged, so that it can be asked for it again. A tag is a register with one writer: after an attempt without an
 * answer it may hold the old value or the new one; after an acknowledged one it holds that.
 */
interface Register {
  readonly repository: string;
  readonly tag: string;
  /** What it may hold; `undefined`: nothing. */
  readonly possible: ReadonlySet<Digest | undefined>;
  /** Artifacts that refer to what it holds, and so must stay as long as it holds that. */
  readonly referrers: readonly Digest[];
  /** How many attempts there were. */
  readonly attempts: number;
}

export interface Loss {
  readonly image: string;
  readonly why: string;
}

export interface Verification {
  readonly images: number;
  readonly bytes: number;
  readonly losses: readonly Loss[];
}

export class Ledger {
  readonly #registers = new Map<string, Register>();
  /** Deleted by digest, and not pushed or brought back since, as `repository@digest`. */
  readonly #gone = new Map<string, { readonly repository: string; readonly digest: Digest }>();
  #acknowledged = 0;

  /** Pushes answered 201. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get names(): readonly { readonly repository: string; readonly tag: string }[] {
    return [...this.#registers.values()];
  }

  /** Call before the attempt: from here on the tag may already have the new value. */
  attempt(repository: string, tag: string, value: Digest | undefined): void {
    const { possible, attempts } = this.#register(repository, tag);
    this.#set({ repository, tag, possible: new Set(possible).add(value), referrers: [], attempts: attempts + 1 });
    if (value !== undefined) this.#gone.delete(`${repository}@${value}`);
  }

  /** A push was answered 201. */
  acknowledge(repository: string, tag: string, value: Digest): void {
    this.#acknowledged += 1;
    this.settle(repository, tag, value);
  }

  /** The attempt was answered: the tag has this value and no other. */
  settle(repository: string, tag: string, value: Digest | undefined): void {
    this.#set({ ...this.#register(repository, tag), possible: new Set([value]) });
  }

  /** The same for a manifest that is deleted by its digest: every tag of the repository that may name it may be gone. */
  attemptRemoval(repository: string, digest: Digest): void {
    for (const register of this.#naming(repository, digest)) this.attempt(repository, register.tag, undefined);
  }

  settleRemoval(repository: string, digest: Digest): void {
    for (const register of this.#naming(repository, digest))
      this.#set({ ...register, possible: register.possible.difference(new Set([digest])) });
    this.#gone.set(`${repository}@${digest}`, { repository, digest });
  }

  /** What the tag holds, where that is certain. */
  held(repository: string, tag: string): Digest | undefined {
    const [digest, ...others] = this.#register(repository, tag).possible;
    return others.length === 0 ? digest : undefined;
  }

  /** What a tag holds got an artifact that refers to it. */
  refer(repository: string, tag: string, artifact: Digest): void {
    const register = this.#register(repository, tag);
    this.#set({ ...register, referrers: [...register.referrers, artifact] });
  }

  /** What a policy or a request may have taken since: from now on it may be absent as well. */
  allowAbsent(covered: (repository: string, tag: string) => boolean): void {
    for (const register of this.#registers.values()) {
      if (!covered(register.repository, register.tag)) continue;
      this.#set({ ...register, possible: new Set(register.possible).add(undefined) });
    }
  }

  /** Pulls a tag while others may write it: what is read must be what it held at some moment of the reading. */
  async read(client: RegistryClient, repository: string, tag: string, signal: AbortSignal): Promise<Loss | undefined> {
    const before = this.#register(repository, tag);
    const pulled = await client.pull(repository, tag, signal);
    const after = this.#register(repository, tag);
    // What an attempt on the way may have taken apart or put there is looked at when it has come to rest.
    if (pulled.is === 'unreachable' || after.attempts > before.attempts) return undefined;
    return lossOf({ ...before, possible: before.possible.union(after.possible) }, pulled);
  }

  /** Pulls and hashes every tag's image; a tag that holds what it cannot hold, or whose image is not whole, is a loss. So is what a deletion left. */
  async verify(client: RegistryClient, signal: AbortSignal): Promise<Verification> {
    const losses: Loss[] = [];
    let images = 0;
    let bytes = 0;
    const checks = [
      ...Array.from(this.#registers.values(), (register) => async () => {
        const pulled = await client.pull(register.repository, register.tag, signal);
        const loss = lossOf(register, pulled) ?? (await lostReferrer(client, register, pulled, signal));
        if (loss !== undefined) losses.push(loss);
        else images += pulled.is === 'whole' ? 1 : 0;
        bytes += pulled.is === 'whole' ? pulled.bytes : 0;
      }),
      ...Array.from(this.#gone.values(), ({ repository, digest }) => async () => {
        const { is } = await client.pull(repository, digest, signal);
        if (is !== 'absent') losses.push({ image: `${repository}@${digest}`, why: `was deleted, and is ${is}` });
      }),
    ];
    const worker = async (): Promise<void> => {
      for (let check = checks.pop(); check !== undefined; check = checks.pop()) await check();
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return { images, bytes, losses };
  }

  #register(repository: string, tag: string): Register {
    const none = { repository, tag, possible: new Set([undefined]), referrers: [], attempts: 0 };
    return this.#registers.get(`${repository}:${tag}`) ?? none;
  }

  #naming(repository: string, digest: Digest): readonly Register[] {
    const all = [...this.#registers.values()];
    return all.filter((register) => register.repository === repository && register.possible.has(digest));
  }

  #set(register: Register): void {
    this.#registers.set(`${register.repository}:${register.tag}`, register);
  }
}

function lossOf({ repository, tag, possible }: Register, pulled: PullOutcome): Loss | undefined {
  const image = `${repository}:${tag}`;
  if (pulled.is === 'broken' || pulled.is === 'unreachable') return { image, why: pulled.why };
  const value = pulled.is === 'whole' ? pulled.digest : undefined;
  if (possible.has(value)) return undefined;
  const may = [...possible].map((digest) => digest ?? 'nothing').join(' or ');
  return { image, why: `holds ${value ?? 'nothing'}, was to hold ${may}` };
}

/** G3: a live subject protects what refers to it. */
async function lostReferrer(
  client: RegistryClient,
  { repository, tag, possible, referrers }: Register,
  pulled: PullOutcome,
  signal: AbortSignal,
): Promise<Loss | undefined> {
  if (pulled.is !== 'whole' || possible.size > 1 || referrers.length === 0) return undefined;
  const listed = await client.referrers(repository, pulled.digest, signal);
  for (const artifact of referrers) {
    const image = `${repository}@${artifact} (refers to ${tag})`;
    const { is } = await client.pull(repository, artifact, signal);
    if (is !== 'whole') return { image, why: `is ${is}` };
    if (listed?.includes(artifact) === false) return { image, why: 'is not among its referrers' };
  }
  return undefined;
}
