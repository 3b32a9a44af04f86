import type { Digest, DigestAlgorithm } from '../../core/oci/digest.ts';
import { algorithmOf, hexOf } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import type { LifeId, RunId, WindowId } from '../../core/window/identity.ts';

/*
 * /docker/registry/v2/                        the layout of distribution v2, served in place and handed back
 *   blobs/<algorithm>/<xx>/<hex>/data         the bytes; a blob leaves as its directory <hex>
 *   repositories/<name>/
 *     _layers/<algorithm>/<hex>/link          the repository has this blob
 *     _manifests/revisions/<algorithm>/<hex>/link
 *     _manifests/tags/<tag>/current/link      what the tag names now; a tag leaves as its directory <tag>
 *     _manifests/tags/<tag>/index/<algorithm>/<hex>/link     what it ever named
 *     _uploads/<uuid>/startedat               as distribution writes it
 *     _uploads/<uuid>/state.json              what was acknowledged, and by which life
 *     _uploads/<uuid>/data.<life>             one file per life that wrote; a blob's inode was only ever open in the life that commits it
 *
 * /coppice/v1/                                ours, where other registries never look (protocol section 1)
 *   storage.json
 *   gate/<n>                                  one file per epoch, the highest counts; 16 digits, so that names sort as numbers do
 *   held/<window>
 *   member/<life>/life.json                   member/<life>/touched/<run>/<k>
 *   stage/<life>/<random>                     a commit on its way: renamed out of here
 *   door/<window>/<trash name>                a removal: renamed into here, then on to
 *   trash/<window>/<trash name>               where it lies until trashTTL (trash.ts tells names and paths)
 *   tomb/<id>.json
 *   request/<id>  claimed/<window>/<id>  withdrawn/<id>  done/<id>
 *   protections/<source>.json
 *   runs/<run>/{input,plan,report}.json       runs/<run>/plans/<sha256 of KIND/namespace/name>.json
 *   plans/<algorithm>-<hex>.json              what a plan held, by its digest, as long as it may be approved
 *   suspects/<run>   graph/census.json   graph/edges   reserve
 *   evidence/pulls/                           who pulled what, and since when every pull is on record (docs/adr/0011)
 *     word/<recorder>/<k>                     what one replica heard since the word before
 *     journal/<recorder>                      what it has heard and not told yet; appended, without a sync
 *     shard/<xx>-<random>                     last pulls in all repositories whose hash begins with xx
 *     coverage/<n>                            which shards count and which words are in them; the highest counts
 *   temporary/<random>                        records on their way and clock probes; what is old here was left by a crash
 */

const served = '/docker/registry/v2';
const own = '/coppice/v1';

/** Names that are not branded (ids, sources, upload sessions) become one file name each, or nothing at all. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

function named(text: string): string {
  if (!fileName.test(text)) throw new RangeError(`not a name for a file: ${JSON.stringify(text)}`);
  return text;
}

const digits = 16; // of Number.MAX_SAFE_INTEGER

function ordinal(n: number): string {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a number for a file: ${n}`);
  return String(n).padStart(digits, '0');
}

/** The number in the name of a gate or a journal segment, if it is written in the one way that we write it. */
export function parseOrdinal(name: string): number | undefined {
  const n = /^[0-9]{16}$/.test(name) ? Number(name) : NaN;
  return Number.isSafeInteger(n) ? n : undefined;
}

/** No repository has such a name, so that a mark can tell it from one (G1). */
const probe = '.coppice-probe-';

/** Whether a start left this file beside blobs or repositories while it probed the storage; killed in the middle of it, for good. */
export function isProbe(name: string): boolean {
  return name.startsWith(probe);
}

function hashed(digest: Digest): string {
  return `${algorithmOf(digest)}/${hexOf(digest)}`;
}

function inRepository(repository: RepositoryName, below: string): string {
  return `${served}/repositories/${repository}/${below}`;
}

function tagDirectory(repository: RepositoryName, tag: Tag): string {
  return inRepository(repository, `_manifests/tags/${tag}`);
}

function uploadDirectory(repository: RepositoryName, uuid: string): string {
  return inRepository(repository, `_uploads/${named(uuid)}`);
}

function blobDirectory(digest: Digest): string {
  return `${served}/blobs/${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}`;
}

/** Every path of a storage, relative to the driver's root. */
export const layout = {
  served,
  blobs: `${served}/blobs`,
  blobsOf: (algorithm: DigestAlgorithm): string => `${served}/blobs/${algorithm}`,
  blobDirectory,
  blob: (digest: Digest): string => `${blobDirectory(digest)}/data`,

  repositories: `${served}/repositories`,
  probes: (life: LifeId): readonly string[] => [
    `${served}/blobs/${probe}${life}`,
    `${served}/repositories/${probe}${life}`,
  ],
  repository: (repository: RepositoryName): string => `${served}/repositories/${repository}`,
  layers: (repository: RepositoryName): string => inRepository(repository, '_layers'),
  layerDirectory: (repository: RepositoryName, digest: Digest): string =>
    inRepository(repository, `_layers/${hashed(digest)}`),
  layerLink: (repository: RepositoryName, digest: Digest): string =>
    inRepository(repository, `_layers/${hashed(digest)}/link`),
  manifests: (repository: RepositoryName): string => inRepository(repository, '_manifests'),
  revisions: (repository: RepositoryName): string => inRepository(repository, '_manifests/revisions'),
  revisionDirectory: (repository: RepositoryName, digest: Digest): string =>
    inRepository(repository, `_manifests/revisions/${hashed(digest)}`),
  revisionLink: (repository: RepositoryName, digest: Digest): string =>
    inRepository(repository, `_manifests/revisions/${hashed(digest)}/link`),
  tags: (repository: RepositoryName): string => inRepository(repository, '_manifests/tags'),
  tagDirectory,
  tagLink: (repository: RepositoryName, tag: Tag): string => `${tagDirectory(repository, tag)}/current/link`,
  tagIndex: (repository: RepositoryName, tag: Tag): string => `${tagDirectory(repository, tag)}/index`,
  tagIndexLink: (repository: RepositoryName, tag: Tag, digest: Digest): string =>
    `${tagDirectory(repository, tag)}/index/${hashed(digest)}/link`,

  uploads: (repository: RepositoryName): string => inRepository(repository, '_uploads'),
  upload: uploadDirectory,
  uploadStartedAt: (repository: RepositoryName, uuid: string): string =>
    `${uploadDirectory(repository, uuid)}/startedat`,
  uploadState: (repository: RepositoryName, uuid: string): string => `${uploadDirectory(repository, uuid)}/state.json`,
  uploadData: (repository: RepositoryName, uuid: string, life: LifeId): string =>
    `${uploadDirectory(repository, uuid)}/data.${life}`,

  own,
  storage: `${own}/storage.json`,
  gates: `${own}/gate`,
  gate: (epoch: number): string => `${own}/gate/${ordinal(epoch)}`,
  heldSets: `${own}/held`,
  held: (window: WindowId): string => `${own}/held/${window}`,

  members: `${own}/member`,
  member: (life: LifeId): string => `${own}/member/${life}`,
  life: (life: LifeId): string => `${own}/member/${life}/life.json`,
  segments: (life: LifeId, run: RunId): string => `${own}/member/${life}/touched/${run}`,
  segment: (life: LifeId, run: RunId, k: number): string => `${own}/member/${life}/touched/${run}/${ordinal(k)}`,

  stages: `${own}/stage`,
  stage: (life: LifeId): string => `${own}/stage/${life}`,
  staged: (life: LifeId, name: string): string => `${own}/stage/${life}/${named(name)}`,
  doors: `${own}/door`,
  door: (window: WindowId): string => `${own}/door/${window}`,
  trashes: `${own}/trash`,
  trash: (window: WindowId): string => `${own}/trash/${window}`,

  tombstones: `${own}/tomb`,
  tombstone: (id: string): string => `${own}/tomb/${named(id)}.json`,
  requests: `${own}/request`,
  request: (id: string): string => `${own}/request/${named(id)}`,
  claims: `${own}/claimed`,
  claimedIn: (window: WindowId): string => `${own}/claimed/${window}`,
  claimed: (window: WindowId, id: string): string => `${own}/claimed/${window}/${named(id)}`,
  withdrawnRequests: `${own}/withdrawn`,
  withdrawn: (id: string): string => `${own}/withdrawn/${named(id)}`,
  doneRequests: `${own}/done`,
  done: (id: string): string => `${own}/done/${named(id)}`,
  protections: `${own}/protections`,
  protectionsOf: (source: string): string => `${own}/protections/${named(source)}.json`,

  runs: `${own}/runs`,
  run: (run: RunId): string => `${own}/runs/${run}`,
  runInput: (run: RunId): string => `${own}/runs/${run}/input.json`,
  runPlan: (run: RunId): string => `${own}/runs/${run}/plan.json`,
  runReport: (run: RunId): string => `${own}/runs/${run}/report.json`,
  runPlans: (run: RunId): string => `${own}/runs/${run}/plans`,
  /** `name`: of the plan among those of its run, in hexadecimal characters. */
  runPlanOf: (run: RunId, name: string): string => `${own}/runs/${run}/plans/${named(name)}.json`,
  plans: `${own}/plans`,
  plan: (digest: Digest): string => `${own}/plans/${algorithmOf(digest)}-${hexOf(digest)}.json`,
  suspectSets: `${own}/suspects`,
  suspects: (run: RunId): string => `${own}/suspects/${run}`,
  graph: `${own}/graph`,
  census: `${own}/graph/census.json`,
  edges: `${own}/graph/edges`,
  reserve: `${own}/reserve`,

  evidence: `${own}/evidence`,
  pullWords: `${own}/evidence/pulls/word`,
  pullWordsOf: (recorder: string): string => `${own}/evidence/pulls/word/${named(recorder)}`,
  pullWord: (recorder: string, k: number): string => `${own}/evidence/pulls/word/${named(recorder)}/${ordinal(k)}`,
  pullJournals: `${own}/evidence/pulls/journal`,
  pullJournal: (recorder: string): string => `${own}/evidence/pulls/journal/${named(recorder)}`,
  pullShards: `${own}/evidence/pulls/shard`,
  pullShard: (name: string): string => `${own}/evidence/pulls/shard/${named(name)}`,
  pullCoverages: `${own}/evidence/pulls/coverage`,
  pullCoverage: (n: number): string => `${own}/evidence/pulls/coverage/${ordinal(n)}`,

  temporaries: `${own}/temporary`,
  temporary: (name: string): string => `${own}/temporary/${named(name)}`,
} as const;
