import type { Deletions } from '../repository/deletions.ts';
import type { Repositories } from '../repository/repositories.ts';
import type { Listener } from './happenings.ts';
import type { LocationSettings } from './locations.ts';

export interface RegistryServerSettings extends LocationSettings {
  /** `storage.delete.enabled`: whether clients may delete. */
  readonly deleteEnabled: boolean;
  /** `storage.maintenance.readonly.enabled`: clients may only read from this replica. */
  readonly readOnly: boolean;
  /** `catalog.maxentries`: the most that one page of the catalogue holds. */
  readonly catalogMost: number;
  /** Headers of every answer (`http.headers`). */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** A log entry for each request. */
  readonly accesses: boolean;
}

/** What the resources work with. */
export interface RegistryContext {
  readonly repositories: Repositories;
  readonly deletions: Deletions;
  readonly settings: RegistryServerSettings;
  /** Hears of what clients did. */
  readonly listen: Listener;
  /** Hears of each manifest that is pulled, before any of it is sent: no kill of this process comes between the two. */
  readonly record: Listener;
}
