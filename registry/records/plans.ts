import Type from 'typebox';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import type { RecordStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, encode, parseName } from './codec.ts';

/** What a plan held, and when it was made last (storage time, ms). */
export interface StoredPlan {
  /** Of each thing that policies and requests named in it, a hash. */
  readonly keys: readonly string[];
  readonly modifiedAt: number;
}

const schema = closed({ keys: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' })) });
const limitBytes = 512 * 1024 * 1024;

/** Plans by their digest, so that one can be approved without looking for the run that made it. Equal digests are equal plans, whoever made them. */
export class PlanStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Durable when it returns: before anybody is told of the plan. */
  async write(digest: Digest, keys: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#store.write(layout.plan(digest), encode({ keys }), signal);
  }

  async read(digest: Digest, signal: AbortSignal): Promise<StoredPlan | undefined> {
    const path = layout.plan(digest);
    const file = await this.#store.readSmall(path, limitBytes, signal);
    return file && { keys: decode(schema, path, file.bytes).keys, modifiedAt: file.modifiedAt };
  }

  /** Removes those that were made before `before` (storage time, ms). */
  async removeOlder(before: number, signal: AbortSignal): Promise<void> {
    for (const { name } of (await this.#store.list(layout.plans, signal)) ?? []) {
      const digest = parseName(layout.plans, name, digestNamed);
      const path = digest && layout.plan(digest);
      const stat = path && (await this.#store.stat(path, signal));
      if (stat && stat.modifiedAt < before) await this.#store.discard(path, signal);
    }
  }
}

function digestNamed(name: string): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]+)\.json$/.exec(name) ?? [];
  if (hex === undefined || (algorithm !== 'sha256' && algorithm !== 'sha512')) return undefined;
  return digestOf(algorithm, hex);
}
