import type { Digest } from '../../../core/oci/digest.ts';
import type { DeleteRequestResource, DeleteTarget } from '../../../core/resources/deleteRequest.ts';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import { layout } from '../../storage/layout.ts';
import { minute } from './collectorWorld.ts';
import { type Image, type ImageTree, repositoryNamed, tagNamed } from './imageTree.ts';

export const app = repositoryNamed('team/app');
export const v1 = tagNamed('v1');

/** Keeps the tag that was pushed last. */
export const newest: RetentionPolicy = {
  name: 'test/newest',
  repositories: { include: ['**'], exclude: [] },
  rules: [{ name: 'newest', select: { by: 'glob', globs: ['*'] }, keep: { latest: 1, orderBy: 'pushed' } }],
};

/** Two tagged images, the older of which `newest` removes, and one that nothing reaches. */
export function twoTagsAndGarbage(tree: ImageTree): { old: Image; recent: Image; garbage: Image } {
  const old = tree.image('team/app', 'old', { tag: 'v1' });
  tree.age(minute);
  const recent = tree.image('team/app', 'recent', { tag: 'v2' });
  const garbage = tree.image('team/app', 'garbage');
  tree.age(10 * minute);
  return { old, recent, garbage };
}

function deleteRequest(...targets: readonly DeleteTarget[]): DeleteRequestResource {
  return {
    ...{ name: 'dr', namespace: 'registry', registry: 'main', targets, referrers: 'Delete' },
    ...{ mode: 'Execute', suspend: false, reason: 'test' },
  };
}

export function deleteByDigest(...digests: readonly Digest[]): DeleteRequestResource {
  return deleteRequest(...digests.map((digest) => ({ by: 'digest', repository: app, digest }) as const));
}

export function hasRevision(tree: ImageTree, digest: Digest): boolean {
  return tree.exists(layout.revisionLink(app, digest));
}
