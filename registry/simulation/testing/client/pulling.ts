import { buffer } from 'node:stream/consumers';
import { algorithmOf, type Digest } from '../../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../../core/oci/reference.ts';
import { contentDigest } from '../../../repository/contentDigest.ts';
import { listTags } from '../../../repository/tags.ts';
import { short } from '../model/judge.ts';
import type { Artifact } from './catalogue.ts';
import type { Session } from './session.ts';

/** Pulls by tag: whatever it names must be there whole, unless somebody was at that tag meanwhile. */
export async function pull(session: Session, repository: RepositoryName, tag: Tag): Promise<void> {
  const { judge, catalogue } = session.world;
  const register = judge.tag(repository, tag);
  const [before, settled] = [register.version, register.settled()];
  const got = await session.ask(`GET-tag ${repository}:${tag}`, async ({ repositories: { manifests } }, signal) =>
    manifests.tagged(repository, tag, signal, (digest) => manifests.read(repository, digest, signal)),
  );
  if (got.answer.is !== 'answer') return;
  const manifest = got.answer.value;
  judge.found(repository, tag, manifest?.digest, judge.lookSince(got.from));
  if (manifest === undefined) return;
  judgeBytes(session, manifest.digest, manifest.bytes);
  const artifact = catalogue.artifact(manifest.digest);
  if (artifact === undefined) {
    judge.violated('G2', `${repository}:${tag} names ${manifest.digest}, which nobody pushed`);
    return;
  }
  const mustStand = (): boolean => settled?.digest === manifest.digest && register.version === before;
  await pullBelow(session, repository, artifact, mustStand);
}

async function pullBelow(
  session: Session,
  repository: RepositoryName,
  { blobs, children }: Artifact,
  mustStand: () => boolean,
): Promise<void> {
  for (const digest of blobs) await pullBlob(session, repository, digest, mustStand);
  for (const child of children) {
    if (await pullManifest(session, repository, child.digest, mustStand))
      await pullBelow(session, repository, child, mustStand);
  }
}

export async function pullManifest(
  session: Session,
  repository: RepositoryName,
  digest: Digest,
  mustStand: () => boolean = () => false,
): Promise<boolean> {
  const { judge } = session.world;
  const got = await session.ask(`GET-manifest ${repository}@${short(digest)}`, async (server, signal) =>
    server.repositories.manifests.get(repository, digest, signal),
  );
  if (got.answer.is !== 'answer') return false;
  const found = got.answer.value;
  if (found !== undefined) {
    judgeBytes(session, digest, found.bytes);
    judge.served(repository, digest, judge.lookSince(got.from));
  } else if (mustStand()) judge.violated('G2', `a manifest below a tag is missing: ${repository}@${short(digest)}`);
  else judge.missed('manifest', repository, digest, judge.lookSince(got.from));
  return found !== undefined;
}

async function pullBlob(
  session: Session,
  repository: RepositoryName,
  digest: Digest,
  mustStand: () => boolean,
): Promise<void> {
  const { judge } = session.world;
  const got = await session.ask(
    `GET-blob ${repository}@${short(digest)}`,
    async ({ repositories: { blobs } }, signal) => {
      const standing = await blobs.find(repository, digest, signal);
      return standing && new Uint8Array(await buffer(await blobs.read(standing, undefined, signal)));
    },
  );
  if (got.answer.is !== 'answer') return;
  const found = got.answer.value;
  if (found !== undefined) judgeBytes(session, digest, found);
  else if (mustStand()) judge.violated('G2', `a blob below a tag is missing: ${repository}@${short(digest)}`);
  else judge.missed('blob', repository, digest, judge.lookSince(got.from));
}

export async function list(session: Session, repository: RepositoryName): Promise<void> {
  const { judge } = session.world;
  const got = await session.ask(`list-tags ${repository}`, async (server, signal) =>
    listTags(server.repositories.store, repository, {}, signal),
  );
  if (got.answer.is !== 'answer') return;
  const names = new Set(got.answer.value?.names ?? []);
  const look = judge.lookSince(got.from);
  for (const { tag, register } of judge.tags(repository)) {
    const isRight = names.has(tag)
      ? [...register.digests].some((digest) => register.may(digest, look))
      : register.may(undefined, look);
    if (!isRight) judge.violated('G2/D1', `the list says ${repository}:${tag} is ${names.has(tag) ? 'there' : 'gone'}`);
  }
}

function judgeBytes({ world: { judge } }: Session, digest: Digest, bytes: Uint8Array): void {
  if (contentDigest(algorithmOf(digest), bytes) === digest) return;
  judge.violated('G2', `${short(digest)} was served with ${bytes.length} bytes that are something else`);
}
