import type { Digest } from '../../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../../core/oci/reference.ts';
import { bodyOf } from '../../../repository/testing/testRegistry.ts';
import type { Promises } from '../model/promises.ts';
import { type Artifact, repositories } from './catalogue.ts';
import type { Request, Session } from './session.ts';

/** Pushes as clients do: what is there is not sent again, what another repository has is mounted, the manifest comes last. */
export async function push(
  session: Session,
  repository: RepositoryName,
  artifact: Artifact,
  tags: readonly Tag[],
): Promise<void> {
  for (const blob of artifact.blobs) if (!(await hasBlob(session, repository, blob))) return;
  for (const child of artifact.children) await push(session, repository, child, []);
  await putManifest(session, repository, artifact, tags);
}

async function hasBlob(session: Session, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const { chance, judge } = session.world;
  const about = judge.blob(repository, digest);
  const head = await session.ask(
    `HEAD-blob ${repository}@${digest.slice(7, 19)}`,
    async ({ repositories: { blobs } }, signal) => blobs.promise(repository, digest, signal),
  );
  if (head.answer.is === 'answer' && head.answer.value !== undefined) return keeps(about, head);
  if (head.answer.is === 'answer') judge.missed('blob', repository, digest, judge.lookSince(head.from));
  if (chance.happens(0.4) && (await isMounted(session, repository, digest))) return true;
  return upload(session, repository, digest);
}

async function isMounted(session: Session, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const { chance, judge } = session.world;
  const from = chance.happens(0.5) ? chance.pick(repositories) : undefined;
  const mount = await session.ask(
    `mount ${repository}@${digest.slice(7, 19)} from ${from ?? 'anywhere'}`,
    async (server, signal) =>
      server.repositories.blobs.mount(repository, digest, from ?? { among: () => true }, signal),
  );
  if (mount.answer.is !== 'answer') return false;
  if (mount.answer.value.is === 'mounted') return keeps(judge.blob(repository, digest), mount);
  if (from !== undefined) judge.missed('blob', from, digest, judge.lookSince(mount.from));
  return false;
}

/** In one request, or in pieces that may come to several replicas. */
async function upload(session: Session, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const { chance, judge, catalogue } = session.world;
  const content = catalogue.content(digest);
  const begun = await session.ask(`begin-upload ${repository}`, async ({ repositories: { uploads } }, signal) =>
    uploads.begin(repository, signal),
  );
  if (begun.answer.is !== 'answer') return false;
  const place = begun.answer.value;
  const cut = chance.happens(0.5) ? chance.below(content.length) : 0;
  if (cut > 0) {
    const sent = await session.ask('append', async ({ repositories: { uploads } }, signal) =>
      uploads.append(place, { body: bodyOf(content.slice(0, cut)), range: { start: 0, sizeBytes: cut } }, signal),
    );
    if (sent.answer.is !== 'answer' || sent.answer.value.is !== 'appended') return false;
  }
  const done = await session.ask(
    `commit-blob ${repository}@${digest.slice(7, 19)}`,
    async ({ repositories: { uploads } }, signal) =>
      uploads.complete(place, digest, { body: bodyOf(content.slice(cut)) }, signal),
  );
  if (done.answer.is !== 'answer') return false;
  if (done.answer.value.is === 'committed') return keeps(judge.blob(repository, digest), done);
  if (done.answer.value.is === 'digestDiffers')
    judge.violated('upload', 'the bytes that arrived are not those that were sent');
  return false;
}

async function putManifest(
  session: Session,
  repository: RepositoryName,
  { digest, bytes, name, blobs, children }: Artifact,
  tags: readonly Tag[],
): Promise<void> {
  const { judge } = session.world;
  const writes = tags.map((tag) => {
    const register = judge.tag(repository, tag);
    return { register, write: register.begin({ to: 'digest', digests: new Set([digest]) }) };
  });
  const promises = judge.manifest(repository, digest);
  const arrival = promises.arrivalBegins();
  const put = await session.ask(
    `PUT-manifest ${name} to ${repository} ${tags.length > 0 ? `as ${tags.join()}` : 'without a tag'}`,
    async (server, signal) => server.repositories.push.push({ repository, tags, bytes, digest }, signal),
  );
  if (put.answer.is !== 'answer') return;
  const outcome = put.answer.value;
  promises.arrivalEnds(arrival);
  switch (outcome.is) {
    case 'pushed':
      for (const { register, write } of writes) register.acknowledge(write);
      keeps(promises, put);
      for (const blob of blobs) keeps(judge.blob(repository, blob), put);
      for (const child of children) keeps(judge.manifest(repository, child.digest), put);
      return;
    case 'missing': {
      for (const { register, write } of writes) register.withdraw(write);
      const look = judge.lookSince(put.from);
      const childDigests = new Set(children.map((child) => child.digest));
      for (const each of outcome.digests)
        judge.missed(childDigests.has(each) ? 'manifest' : 'blob', repository, each, look);
      return;
    }
    default:
      judge.violated('push', `a good manifest was not taken: ${outcome.is}`);
  }
}

function keeps(promises: Promises, { from, fromMs }: Request<unknown>): true {
  promises.promise(from, fromMs);
  return true;
}
