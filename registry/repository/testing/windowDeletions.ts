import { type Digest, parseDigest } from '../../../core/oci/digest.ts';
import { parseTag, type RepositoryName, type Tag } from '../../../core/oci/reference.ts';
import { digestToken, tagToken, type Token } from '../../../core/window/token.ts';
import type { Driver } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import type { Replica } from '../../window/replica.ts';
import type { TestWorld } from '../../window/testing/testWorld.ts';
import type { DeletionOutcome, Deletions, DeletionTarget } from '../deletions.ts';
import type { RepositoryIndex } from '../repositoryIndex.ts';
import { Turns } from '../turns.ts';

interface Removal {
  readonly path: string;
  readonly token: Token;
}

/** Each DELETE in a window of its own, which the one replica of a test holds: the steps of an executor, without its doubts and its tombstones. */
export class WindowDeletions implements Deletions {
  readonly #world: TestWorld;
  readonly #driver: Driver;
  readonly #replica: Replica;
  readonly #index: RepositoryIndex;
  readonly #turns = new Turns<'window'>();

  constructor(world: TestWorld, driver: Driver, replica: Replica, index: RepositoryIndex) {
    this.#world = world;
    this.#driver = driver;
    this.#replica = replica;
    this.#index = index;
  }

  async request(target: DeletionTarget, signal: AbortSignal): Promise<DeletionOutcome> {
    return this.#turns.take('window', signal, async () => {
      const removals = await this.#removalsOf(target, signal);
      if (removals.length === 0) return { is: 'absent' };
      await this.#world.beginRun();
      await this.#replica.nudge();
      const { window } = await this.#world.holdWindow(removals.map(({ token }) => token));
      await this.#replica.nudge();
      const referrers = await this.#referrersOf(target, signal);
      if (referrers.length === 0) {
        for (const { path } of removals) await this.#driver.remove(window, path, signal);
        await this.#driver.settleRemovals(window, signal);
      }
      await this.#world.openUp();
      await this.#replica.nudge();
      return referrers.length > 0 ? { is: 'referredTo', referrers } : { is: 'deleted' };
    });
  }

  async #referrersOf(target: DeletionTarget, signal: AbortSignal): Promise<readonly Digest[]> {
    if (target.kind === 'tag') return [];
    return this.#index.referringManifests(target.repository, target.digest, signal);
  }

  async #removalsOf(target: DeletionTarget, signal: AbortSignal): Promise<readonly Removal[]> {
    const { repository } = target;
    switch (target.kind) {
      case 'blob':
        return this.#linked(layout.layerDirectory(repository, target.digest), target.digest, signal);
      case 'tag': {
        const isThere = (await this.#named(repository, target.tag, signal)) !== undefined;
        return isThere ? [tagRemoval(repository, target.tag)] : [];
      }
      case 'manifest': {
        const tags = await this.#tagsNaming(repository, target.digest, signal);
        const revision = layout.revisionDirectory(repository, target.digest);
        return [...tags, ...(await this.#linked(revision, target.digest, signal))];
      }
    }
  }

  async #linked(path: string, digest: Digest, signal: AbortSignal): Promise<readonly Removal[]> {
    const link = await this.#driver.stat(`${path}/link`, signal);
    return link === undefined ? [] : [{ path, token: digestToken(digest) }];
  }

  async #tagsNaming(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Removal[]> {
    const removals: Removal[] = [];
    for (const { name } of (await this.#driver.list(layout.tags(repository), signal)) ?? []) {
      const tag = parseTag(name);
      if (tag === undefined || (await this.#named(repository, tag, signal)) !== digest) continue;
      removals.push(tagRemoval(repository, tag));
    }
    return removals;
  }

  async #named(repository: RepositoryName, tag: Tag, signal: AbortSignal): Promise<Digest | undefined> {
    const file = await this.#driver.readSmall(layout.tagLink(repository, tag), 4096, signal);
    return file && parseDigest(new TextDecoder().decode(file.bytes));
  }
}

function tagRemoval(repository: RepositoryName, tag: Tag): Removal {
  return { path: layout.tagDirectory(repository, tag), token: tagToken(repository, tag) };
}
