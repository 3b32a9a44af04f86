import type { Digest } from '../../core/oci/digest.ts';
import type { Manifest, ManifestReference } from '../../core/oci/manifest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { Operation } from '../window/admission.ts';
import type { LinkKind, Links } from './links.ts';
import { isRequired, type ManifestRules } from './manifestRules.ts';
import { inParallel } from '../storage/parallel.ts';

/** A digest that a manifest names, and how it must stand: as one of `kinds`, or only if it can. */
interface Need {
  readonly digest: Digest;
  readonly kinds: readonly LinkKind[];
  readonly isRequired: boolean;
}

/**
 * Verifies all that a manifest names within the operation that pushes it, touching and renewing what stands (W7), and gives what had to stand and does
 * not. What need not be here is renewed where it is: it belongs to the manifest all the same.
 */
export async function missingReferences(
  links: Links,
  operation: Operation,
  repository: RepositoryName,
  manifest: Manifest,
  rules: ManifestRules,
): Promise<readonly Digest[]> {
  const missing = await inParallel(needsOf(manifest, rules), async (need) => {
    const { digest, kinds } = need;
    for (const kind of kinds) {
      if ((await links.verify(operation, kind, repository, digest)) !== undefined) return undefined;
    }
    return need.isRequired ? digest : undefined;
  });
  return missing.filter((digest) => digest !== undefined);
}

/** Every digest that belongs to a manifest or that it belongs to, each once. */
export function namedBy({ references, subject }: Manifest): readonly Digest[] {
  const digests = references.map(({ digest }) => digest);
  return [...new Set(subject === undefined ? digests : [...digests, subject])];
}

function needsOf(manifest: Manifest, rules: ManifestRules): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const reference of manifest.references) {
    const need = needOf(manifest, reference, rules);
    const key = `${need.digest} ${need.kinds.join()}`;
    if (need.isRequired || !needs.has(key)) needs.set(key, need);
  }
  const { subject } = manifest;
  if (subject !== undefined) needs.set('subject', { digest: subject, kinds: ['manifest'], isRequired: false });
  return [...needs.values()];
}

function needOf(manifest: Manifest, reference: ManifestReference, rules: ManifestRules): Need {
  const { digest, role } = reference;
  const mustStand = isRequired(rules, manifest, reference);
  switch (role) {
    case 'config':
    case 'layer':
    case 'blob':
      return { digest, kinds: ['layer'], isRequired: mustStand };
    case 'manifest':
      return { digest, kinds: ['manifest'], isRequired: mustStand };
    case 'mentioned': // in an index it is an entry, in a type we do not know perhaps only a remark
      return { digest, kinds: ['manifest', 'layer'], isRequired: mustStand && manifest.kind === 'index' };
  }
}
