import type { Platform } from '../../core/oci/descriptor.ts';
import type { Manifest, ManifestReference } from '../../core/oci/manifest.ts';

/** What a manifest must satisfy to be taken, as a replica is configured. */
export interface ManifestRules {
  /** `disabled`: manifests may refer to what was never pushed, and name any URL. */
  readonly validation: 'full' | 'disabled';
  /** Whether a manifest may say that something can be fetched there; absent: anywhere. */
  readonly mayNameUrl?: (url: string) => boolean;
  /** Which entries of an index must be here; absent: all. */
  readonly entries?: RequiredEntries;
}

export type RequiredEntries = 'all' | 'none' | readonly Platform[];

/** Whether a manifest may be here only with this. An entry that does not say what it runs on counts for every platform. */
export function isRequired(
  { validation, entries = 'all' }: ManifestRules,
  of: Manifest,
  one: ManifestReference,
): boolean {
  if (validation === 'disabled' || one.foreign) return false;
  if (of.kind !== 'index' || entries === 'all') return true;
  const { platform } = one;
  if (entries === 'none') return false;
  return (
    platform === undefined ||
    entries.some(({ os, architecture }) => os === platform.os && architecture === platform.architecture)
  );
}

/** The first URL of a manifest that it may not name. */
export function refusedUrl({ validation, mayNameUrl }: ManifestRules, { references }: Manifest): string | undefined {
  if (validation === 'disabled' || mayNameUrl === undefined) return undefined;
  return references.flatMap(({ urls = [] }) => urls).find((url) => !mayNameUrl(url));
}
