import { parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag } from '../../core/oci/reference.ts';
import type { Administration } from '../admin/administration.ts';
import { Problem } from '../../core/admin/problem.ts';
import type { UndeleteTarget as Asked } from '../../core/admin/schema.ts';
import type { Undelete, UndeleteTarget } from '../repository/undelete.ts';
import type { Log } from '../window/ports.ts';

/** Undeletes as the admin API asks for it, with every way in which it cannot be done as a problem of its own. */
export function undeleteWith(undelete: Pick<Undelete, 'undelete'>, log: Log): Administration['undelete'] {
  return async (asked, by, signal) => {
    const target = targetOf(asked);
    const outcome = await undelete.undelete(target, signal);
    switch (outcome.is) {
      case 'undeleted': {
        const { digest, tags, manifests } = outcome;
        log.info({ ...target, by, tags, manifests: manifests.length }, 'a deletion was undone');
        return { repository: target.repository, digest, tags: [...tags], manifests: manifests.length };
      }
      case 'nothing':
        throw new Problem('NOTHING_TO_UNDELETE', 'nothing of this name was deleted, or its undo period has ended');
      case 'tagTaken':
        throw new Problem('TAG_TAKEN', `${outcome.tag} names ${outcome.by} by now: remove that first`);
      case 'incomplete':
        throw new Problem('INCOMPLETE', `these are not on the storage as they were: ${outcome.digests.join(', ')}`);
    }
  };
}

function targetOf(asked: Asked): UndeleteTarget {
  const repository = parseRepositoryName(asked.repository);
  if (repository === undefined) throw new Problem('INVALID', `${asked.repository} is no name of a repository`);
  if ('tag' in asked) {
    const tag = parseTag(asked.tag);
    if (tag !== undefined) return { kind: 'tag', repository, tag };
    throw new Problem('INVALID', `${asked.tag} is no tag`);
  }
  const digest = parseDigest(asked.digest);
  if (digest !== undefined) return { kind: 'manifest', repository, digest };
  throw new Problem('INVALID', `${asked.digest} is no digest`);
}
