import type { Digest } from '../../core/oci/digest.ts';
import type { RegistryClient } from './client.ts';

/**
 * What the registry has acknowledged, so that it can be asked for it again. A tag is a register with one writer: after an attempt without an
 * answer it may hold the old value or the new one; after an acknowledged one it holds that.
 */
interface Register {
  readonly repository: string;
  readonly tag: string;
  /** What it may hold; `undefined`: nothing. */
  readonly possible: ReadonlySet<Digest | undefined>;
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
  #acknowledged = 0;

  /** Pushes answered 201. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Call before the attempt: from here on the tag may already have the new value. */
  attempt(repository: string, tag: string, value: Digest | undefined): void {
    const possible = new Set(this.#possible(repository, tag)).add(value);
    this.#registers.set(`${repository}:${tag}`, { repository, tag, possible });
  }

  /** The attempt was answered: the tag has this value and no other. */
  settle(repository: string, tag: string, value: Digest | undefined): void {
    if (value !== undefined) this.#acknowledged += 1;
    this.#registers.set(`${repository}:${tag}`, { repository, tag, possible: new Set([value]) });
  }

  /** What a policy or a request may have taken since: from now on it may be absent as well. */
  allowAbsent(covered: (repository: string, tag: string) => boolean): void {
    for (const [name, register] of this.#registers) {
      if (!covered(register.repository, register.tag)) continue;
      this.#registers.set(name, { ...register, possible: new Set(register.possible).add(undefined) });
    }
  }

  /** Pulls and hashes every tag's image; a tag that holds what it cannot hold, or whose image is not whole, is a loss. */
  async verify(client: RegistryClient, signal: AbortSignal): Promise<Verification> {
    const losses: Loss[] = [];
    let images = 0;
    let bytes = 0;
    const queue = [...this.#registers.values()];
    const worker = async (): Promise<void> => {
      for (let register = queue.pop(); register !== undefined; register = queue.pop()) {
        const outcome = await check(client, register, signal);
        if (outcome.loss !== undefined) losses.push(outcome.loss);
        else images += outcome.bytes === 0 ? 0 : 1;
        bytes += outcome.bytes;
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return { images, bytes, losses };
  }

  #possible(repository: string, tag: string): ReadonlySet<Digest | undefined> {
    return this.#registers.get(`${repository}:${tag}`)?.possible ?? new Set([undefined]);
  }
}

async function check(
  client: RegistryClient,
  register: Register,
  signal: AbortSignal,
): Promise<{ loss?: Loss; bytes: number }> {
  const { repository, tag, possible } = register;
  const image = `${repository}:${tag}`;
  const pulled = await client.pull(repository, tag, signal);
  const may = [...possible].map((digest) => digest ?? 'nothing').join(' or ');
  if (pulled.is === 'broken' || pulled.is === 'unreachable') return { loss: { image, why: pulled.why }, bytes: 0 };
  const value = pulled.is === 'whole' ? pulled.digest : undefined;
  if (!possible.has(value))
    return { loss: { image, why: `holds ${value ?? 'nothing'}, was to hold ${may}` }, bytes: 0 };
  return { bytes: pulled.is === 'whole' ? pulled.bytes : 0 };
}
