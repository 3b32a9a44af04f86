import { digestOfBytes } from '../load/images.ts';
import type { RepositoryLinks } from '../load/tree.ts';

/** One answer, in a line: status, media type, digest by its header, size, and the hash of what came. */
export type Survey = ReadonlyMap<string, string>;

type Headers = Readonly<Record<string, string>>;

/**
 * What a registry answers for everything that links name: each manifest by tag and by digest, each blob, GET and HEAD, the tags of each repository and the
 * catalog, page by page. `headers` say who asks.
 */
export async function surveyOf(
  base: string,
  repositories: ReadonlyMap<string, RepositoryLinks>,
  signal: AbortSignal,
  headers: Headers = {},
): Promise<Survey> {
  const survey = new Map<string, string>();
  const look = async (path: string): Promise<void> => {
    for (const method of ['GET', 'HEAD'])
      survey.set(`${method} ${path}`, await answer(method, `${base}${path}`, headers, signal));
  };
  for (const [repository, { tags, revisions, layers }] of repositories) {
    for (const reference of [...tags.keys(), ...revisions.keys()])
      await look(`/v2/${repository}/manifests/${reference}`);
    for (const digest of layers.keys()) await look(`/v2/${repository}/blobs/${digest}`);
    survey.set(`tags of ${repository}`, await listed(base, `/v2/${repository}/tags/list?n=2`, 'tags', headers, signal));
  }
  survey.set('catalog', await listed(base, '/v2/_catalog?n=3', 'repositories', headers, signal));
  return survey;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
].join(', ');

async function answer(method: string, url: string, headers: Headers, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { method, headers: { ...headers, accept: manifestTypes }, signal });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) return `${response.status}`; // words differ
  const { headers: said } = response;
  const size = method === 'HEAD' ? said.get('content-length') : body.length;
  const hash = method === 'HEAD' ? '' : digestOfBytes(body);
  return `${response.status} ${said.get('content-type')} ${said.get('docker-content-digest')} ${size} ${hash}`;
}

/** All pages, sorted: version 2.8 lists tags as it finds them. */
async function listed(
  base: string,
  path: string,
  field: string,
  headers: Headers,
  signal: AbortSignal,
): Promise<string> {
  const all: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const response: Response = await fetch(new URL(next, base), { headers, signal });
    if (!response.ok) return `${response.status}`;
    all.push(...(((await response.json()) as Record<string, string[] | null>)[field] ?? []));
    next = /^<([^>]+)>; *rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return all.toSorted().join(' ');
}
