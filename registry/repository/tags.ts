import { parseTag, type RepositoryName, type Tag } from '../../core/oci/reference.ts';
import type { ReadableStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { type NamePage, pageOf, type PageRequest } from './paging.ts';
import { inParallel } from '../storage/parallel.ts';

const lookedAtOnce = 256;

/** The tags of a repository; `undefined` for one that never had anything. */
export async function listTags(
  store: ReadableStore,
  repository: RepositoryName,
  request: PageRequest,
  signal: AbortSignal,
): Promise<NamePage | undefined> {
  const entries = await store.list(layout.tags(repository), signal);
  if (entries === undefined) return (await wasUsed(store, repository, signal)) ? { names: [] } : undefined;
  const { last } = request;
  const tags = entries
    .map(({ name }) => parseTag(name))
    .filter((tag) => tag !== undefined)
    .filter((tag) => last === undefined || tag > last)
    .toSorted();
  return pageOf(standing(store, repository, tags, signal), request);
}

/** A directory is no tag yet: one that was being made when a life ended, or that distribution keeps for history, names nothing. */
async function* standing(
  store: ReadableStore,
  repository: RepositoryName,
  tags: readonly Tag[],
  signal: AbortSignal,
): AsyncGenerator<Tag> {
  for (let at = 0; at < tags.length; at += lookedAtOnce) {
    const some = tags.slice(at, at + lookedAtOnce);
    const stats = await inParallel(some, (tag) => store.stat(layout.tagLink(repository, tag), signal));
    yield* some.filter((_, n) => stats[n] !== undefined);
  }
}

async function wasUsed(store: ReadableStore, repository: RepositoryName, signal: AbortSignal): Promise<boolean> {
  const places = [layout.manifests(repository), layout.layers(repository)];
  const stats = await inParallel(places, (path) => store.stat(path, signal));
  return stats.some((stat) => stat !== undefined);
}
