import { Blobs } from './blobs.ts';
import { Links } from './links.ts';
import { ManifestPush } from './manifestPush.ts';
import { Manifests } from './manifests.ts';
import type { RepositoryPorts, RepositorySettings } from './ports.ts';
import { RepositoryIndex } from './repositoryIndex.ts';
import { StorageTime } from './storageTime.ts';
import { Summaries } from './summaries.ts';
import { Undelete } from './undelete.ts';
import { Uploads } from './uploads.ts';

/** All operations on the repositories of one storage, as one replica does them. Lists (tags, catalog, referrers) are functions over `store` and `index`. */
export interface Repositories {
  readonly store: RepositoryPorts['store'];
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly push: ManifestPush;
  readonly index: RepositoryIndex;
  readonly undelete: Undelete;
}

export function openRepositories(ports: RepositoryPorts, settings: RepositorySettings): Repositories {
  const { store, admission } = ports;
  // A probe is used for a small part of the time after which links are renewed: an age is right to that part.
  const time = new StorageTime(store, ports.mono, settings.promiseTTLMs / 64);
  const links = new Links(store, admission, time, settings.promiseTTLMs);
  const summaries = new Summaries(store);
  const blobs = new Blobs(store, admission, links);
  return {
    store,
    blobs,
    uploads: new Uploads(ports, time, blobs),
    manifests: new Manifests(store, admission, links, summaries),
    push: new ManifestPush(ports, settings, links),
    index: new RepositoryIndex(store, summaries),
    undelete: new Undelete(ports, settings, links, summaries),
  };
}
