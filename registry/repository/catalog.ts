import { parseRepositoryName, type RepositoryName } from '../../core/oci/reference.ts';
import type { ReadableStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { type NamePage, pageOf, type PageRequest } from './paging.ts';

/** The repositories that have content, in byte order. */
export async function listRepositories(
  store: ReadableStore,
  request: PageRequest,
  signal: AbortSignal,
): Promise<NamePage> {
  return pageOf(repositories(store, request.last ?? '', signal), request);
}

/**
 * Walks the tree without holding more of it than one way down. `a` may be a repository and the folder of others; what lies in the folder sorts by `a/`,
 * behind `a-b`. All names that begin with `a/` stand together in the order, so a folder's entries take its place.
 */
async function* repositories(store: ReadableStore, last: string, signal: AbortSignal): AsyncGenerator<RepositoryName> {
  const pending = ['/'];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.endsWith('/')) {
      const folder = next === '/' ? '' : next;
      if (folder <= last && !last.startsWith(folder)) continue;
      pending.push(...(await below(store, folder, signal)).toSorted().toReversed());
    } else {
      const name = parseRepositoryName(next);
      if (name !== undefined && next > last && (await hasContent(store, name, signal))) yield name;
    }
  }
}

async function below(store: ReadableStore, folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const path = folder === '' ? layout.repositories : `${layout.repositories}/${folder.slice(0, -1)}`;
  const entries = (await store.list(path, signal)) ?? [];
  return entries
    .filter(({ kind, name }) => kind === 'directory' && !name.startsWith('_'))
    .flatMap(({ name }) => [`${folder}${name}`, `${folder}${name}/`]);
}

/** Links leave with their directories, and the folders above them stay: a repository whose last link is gone is empty. */
async function hasContent(store: ReadableStore, repository: RepositoryName, signal: AbortSignal): Promise<boolean> {
  if (await isFilled(store, layout.tags(repository), signal)) return true;
  for (const folder of [layout.revisions(repository), layout.layers(repository)]) {
    for (const { name } of (await store.list(folder, signal)) ?? []) {
      if (await isFilled(store, `${folder}/${name}`, signal)) return true;
    }
  }
  return false;
}

async function isFilled(store: ReadableStore, folder: string, signal: AbortSignal): Promise<boolean> {
  return ((await store.list(folder, signal)) ?? []).length > 0;
}
