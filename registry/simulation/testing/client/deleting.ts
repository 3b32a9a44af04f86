import type { Digest } from '../../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../../core/oci/reference.ts';
import type { DeletionOutcome, DeletionTarget } from '../../../repository/deletions.ts';
import { short } from '../model/judge.ts';
import type { Promises, Removal } from '../model/promises.ts';
import type { TagRegister, Write } from '../model/register.ts';
import { pullManifest } from './pulling.ts';
import type { Answer, Session } from './session.ts';

export async function deleteTag(session: Session, repository: RepositoryName, tag: Tag): Promise<void> {
  const { judge } = session.world;
  const register = judge.tag(repository, tag);
  const write = register.begin({ to: 'absent' });
  const { from, answer } = await ask(session, `DELETE-tag ${repository}:${tag}`, { kind: 'tag', repository, tag });
  tell(register, write, answer);
  if (answer.is === 'answer' && answer.value.is === 'absent')
    judge.found(repository, tag, undefined, judge.lookSince(from));
}

export async function deleteManifest(session: Session, repository: RepositoryName, digest: Digest): Promise<void> {
  const { judge } = session.world;
  const writes = judge.tags(repository).map(({ register }) => ({
    register,
    write: register.begin({ to: 'absent', onlyOf: digest }),
  }));
  const promises = judge.manifest(repository, digest);
  const removal = promises.removalBegins();
  const target = { kind: 'manifest', repository, digest } as const;
  const { from, answer } = await ask(session, `DELETE-manifest ${repository}@${short(digest)}`, target);
  for (const { register, write } of writes) tell(register, write, answer);
  tellPromises(promises, removal, answer);
  if (answer.is !== 'answer') return;
  if (answer.value.is === 'absent') judge.missed('manifest', repository, digest, judge.lookSince(from));
  // On whatever replica: one may still remember it.
  if (answer.value.is === 'deleted') for (let n = 0; n < 3; n += 1) await pullManifest(session, repository, digest);
}

export async function deleteBlob(session: Session, repository: RepositoryName, digest: Digest): Promise<void> {
  const { judge } = session.world;
  const promises = judge.blob(repository, digest);
  const removal = promises.removalBegins();
  const target = { kind: 'blob', repository, digest } as const;
  const { from, answer } = await ask(session, `DELETE-blob ${repository}@${short(digest)}`, target);
  tellPromises(promises, removal, answer);
  if (answer.is === 'answer' && answer.value.is === 'absent')
    judge.missed('blob', repository, digest, judge.lookSince(from));
}

/** Brings a tag back. While it is settled that a deletion was the last that happened, and lately, nothing may keep it from coming back (D4). */
export async function undelete(session: Session, repository: RepositoryName, tag: Tag): Promise<void> {
  const { judge, undoMs } = session.world;
  const own = judge.tag(repository, tag);
  const deleted = own.isDeleted ? own.settled() : undefined;
  const writes = judge.tags(repository).map(({ tag: each, register }) => ({
    ...{ tag: each, register },
    write: register.begin({ to: 'digest', digests: register.digests }),
  }));
  const version = own.version;
  const arrivals = session.world.catalogue.artifacts.map(({ digest }) => {
    const promises = judge.manifest(repository, digest);
    return { promises, arrival: promises.arrivalBegins() };
  });
  const { answer } = await session.ask(`undelete ${repository}:${tag}`, async (server, signal) =>
    server.repositories.undelete.undelete({ kind: 'tag', repository, tag }, signal),
  );
  if (answer.is !== 'answer') return;
  const outcome = answer.value;
  for (const { promises, arrival } of arrivals) promises.arrivalEnds(arrival);
  for (const { tag: each, register, write } of writes) {
    const isBack = outcome.is === 'undeleted' && outcome.tags.includes(each);
    if (isBack) register.acknowledge(write, { to: 'digest', digests: new Set([outcome.digest]) });
    else register.withdraw(write);
  }
  const { now } = session.world.scheduler;
  const mustBe = deleted !== undefined && own.version === version && now - deleted.by.fromMs < undoMs;
  // It may have been deleted together with another tag, which names something else by now.
  const isOthers = outcome.is === 'tagTaken' && outcome.tag !== tag;
  if (mustBe && outcome.is !== 'undeleted' && !isOthers)
    judge.violated('D4', `${repository}:${tag} cannot be undeleted: ${outcome.is}`);
}

async function ask(
  session: Session,
  what: string,
  target: DeletionTarget,
): Promise<{ readonly from: number; readonly answer: Answer<DeletionOutcome> }> {
  return session.ask(what, async ({ deletions }, signal) => deletions.request(target, signal));
}

function tell(register: TagRegister, write: Write, answer: Answer<DeletionOutcome>): void {
  if (answer.is !== 'answer') return;
  switch (answer.value.is) {
    case 'deleted':
      register.acknowledge(write);
      return;
    case 'absent':
    case 'referredTo':
      register.withdraw(write);
      return;
    case 'withdrawn':
      if (answer.value.from === 'open') register.withdraw(write);
      else register.over(write);
  }
}

function tellPromises(promises: Promises, removal: Removal, answer: Answer<DeletionOutcome>): void {
  if (answer.is !== 'answer') return;
  const isNothing =
    answer.value.is === 'absent' ||
    answer.value.is === 'referredTo' ||
    (answer.value.is === 'withdrawn' && answer.value.from === 'open');
  if (isNothing) promises.withdraw(removal);
  else promises.removalEnds(removal, answer.value.is === 'deleted');
}
