import type { Deletions } from '../repository/deletions.ts';
import type { Repositories } from '../repository/repositories.ts';
import type { LocationSettings } from './locations.ts';

export interface RegistryServerSettings extends LocationSettings {
  /** `storage.delete.enabled`: whether clients may delete. */
  readonly deleteEnabled: boolean;
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
}
