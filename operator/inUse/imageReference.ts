import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../core/oci/reference.ts';

/** What the `image` of a container names, as a kubelet and its runtime read it (github.com/distribution/reference, ParseNormalizedNamed). */
export interface ImageReference {
  /** With its port, as it was written; `docker.io` where none was. */
  readonly host: string;
  readonly repository: RepositoryName;
  /** `latest` where neither tag nor digest was written. */
  readonly tag?: Tag;
  readonly digest?: Digest;
}

const usualHost = 'docker.io';
const olderUsualHost = 'index.docker.io';
const ofUsualHost = 'library/';

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const hostGrammar = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[A-Fa-f0-9:]+\\])(?::[0-9]+)?$`);
const restGrammar = /^([^:@]+)(?::([^:@]+))?(?:@(.+))?$/;
/** An image's id instead of its name: no kubelet takes it for one. */
const idGrammar = /^[a-f0-9]{64}$/;

/**
 * `undefined`: no runtime takes it for a reference, or no repository, tag or digest of a registry like this one could be meant (a digest by another
 * algorithm, say).
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const { host, rest } = splitHost(text);
  const [, path, tagText, digestText] = restGrammar.exec(rest) ?? [];
  if (path === undefined || idGrammar.test(text) || !hostGrammar.test(host)) return undefined;
  const repository = parseRepositoryName(path);
  const tag = parseTag(tagText ?? 'latest');
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (repository === undefined || tag === undefined || (digestText !== undefined && digest === undefined)) {
    return undefined;
  }
  const hasTag = tagText !== undefined || digest === undefined;
  return { host, repository, ...(hasTag ? { tag } : {}), ...(digest === undefined ? {} : { digest }) };
}

/** What comes before the first `/` is a host only if it cannot be a part of a repository's name. */
function splitHost(text: string): { readonly host: string; readonly rest: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first);
  const [host, rest] = isHost ? [first, text.slice(slash + 1)] : [usualHost, text];
  if (host !== usualHost && host !== olderUsualHost) return { host, rest };
  return { host: usualHost, rest: rest.includes('/') ? rest : `${ofUsualHost}${rest}` };
}
