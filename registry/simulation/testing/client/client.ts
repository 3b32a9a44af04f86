import { type Artifact, isCoveredByPolicy, repositories, tags } from './catalogue.ts';
import { deleteBlob, deleteManifest, deleteTag, undelete } from './deleting.ts';
import { list, pull, pullManifest } from './pulling.ts';
import type { Judge } from '../model/judge.ts';
import { push } from './pushing.ts';
import type { Session } from './session.ts';

const deeds = {
  push: 8,
  pushUntagged: 1,
  pull: 6,
  pullManifest: 2,
  list: 1,
  deleteTag: 2,
  deleteManifest: 1,
  deleteBlob: 0.5,
  undelete: 2,
};

/** One client at work, until `isOver`. */
export async function work(session: Session, isOver: () => boolean): Promise<void> {
  const { chance, scheduler } = session.world;
  while (!isOver()) {
    // In bursts, as builds push: so clients come across each other, and there is time in which promises run out.
    if (chance.happens(0.35)) {
      await Promise.race([scheduler.sleep(chance.around(1500)), session.world.stir.next]);
      await scheduler.sleep(chance.around(40));
    } else await scheduler.sleep(chance.around(10));
    if (!isOver()) await doSomething(session);
  }
}

async function doSomething(session: Session): Promise<void> {
  const { chance } = session.world;
  const [repository, tag, artifact] = [chance.pick(repositories), chance.pick(tags), choose(session)];
  switch (chance.weighed(deeds)) {
    case 'push':
      return push(
        session,
        repository,
        artifact,
        chance.happens(0.1) ? tags.filter((each) => isCoveredByPolicy(each) === isCoveredByPolicy(tag)) : [tag],
      );
    case 'pushUntagged':
      return push(session, repository, artifact, []);
    case 'pull':
      return pull(session, repository, tag);
    case 'pullManifest':
      await pullManifest(session, repository, artifact.digest);
      return;
    case 'list':
      return list(session, repository);
    case 'deleteTag':
      return deleteTag(session, repository, tag);
    case 'deleteManifest':
      return deleteManifest(session, repository, artifact.digest);
    case 'deleteBlob':
      return deleteBlob(
        session,
        repository,
        chance.pick(artifact.blobs.length > 0 ? artifact.blobs : [artifact.digest]),
      );
    case 'undelete': {
      const gone = chooseDeleted(session) ?? { repository, tag };
      return undelete(session, gone.repository, gone.tag);
    }
  }
}

/** A tag that somebody deleted, and nobody has pushed since. */
function chooseDeleted({ world: { chance, judge } }: Session): ReturnType<Judge['tags']>[number] | undefined {
  const deleted = judge.tags().filter(({ register }) => register.isDeleted);
  return deleted.length === 0 || chance.happens(0.2) ? undefined : chance.pick(deleted);
}

/** Most often one that no tag names: a run may be about to remove it. */
function choose({ world: { chance, catalogue, judge } }: Session): Artifact {
  if (chance.happens(0.4)) return chance.pick(catalogue.artifacts);
  const tagged = new Set(judge.tags().map(({ register }) => register.settled()?.digest));
  const idle = catalogue.artifacts.filter(({ digest }) => !tagged.has(digest));
  return chance.pick(idle.length > 0 ? idle : catalogue.artifacts);
}
