import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../core/oci/reference.ts';
import { RegistryError } from './errors.ts';

/*
 * Repository names have slashes, and a router takes one segment for one parameter. So before routing the name of `/v2/<name>/manifests/<reference>` is
 * written as one encoded segment, whatever it is. A name that came encoded is encoded twice by that, does not parse, and is refused: there is no second
 * spelling of a path, and none that reaches a handler without having been here.
 */
const uploads = /^\/v2\/(.+)\/(blobs\/uploads(?:\/[^/]*)?)$/;
const others = /^\/v2\/(.+)\/(tags\/list|(?:manifests|referrers|blobs)\/[^/]+)$/;

/** The longest that any parameter can be; what is longer than the grammars allow is refused by them. */
export const longestParameter = 65_536;

/** Where a request goes that does not begin with the prefix: no resource is there. */
const nowhere = '/';

/** `prefix`: what is configured to stand before `/v2/`, as `/path`; routes begin behind it. */
export function routedUrl(url: string, prefix = ''): string {
  if (prefix === '') return routed(url);
  return url.startsWith(`${prefix}/`) ? routed(url.slice(prefix.length)) : nowhere;
}

function routed(url: string): string {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  const query = queryAt === -1 ? '' : url.slice(queryAt);
  const match = uploads.exec(path) ?? others.exec(path);
  const [, name, resource] = match ?? [];
  if (name === undefined || resource === undefined) return url;
  return `/v2/${encodeURIComponent(name)}/${resource}${query}`;
}

export interface NameParams {
  readonly name: string;
}

export interface ReferenceParams extends NameParams {
  readonly reference: string;
}

export interface DigestParams extends NameParams {
  readonly digest: string;
}

export function repositoryOf({ name }: NameParams): RepositoryName {
  const repository = parseRepositoryName(name);
  if (repository === undefined) throw new RegistryError('NAME_INVALID');
  return repository;
}

export function digestFrom(text: string | undefined): Digest {
  const digest = text === undefined ? undefined : parseDigest(text);
  if (digest === undefined) throw new RegistryError('DIGEST_INVALID', 'not a digest of sha256 or sha512');
  return digest;
}

export type Reference = { readonly digest: Digest } | { readonly tag: Tag };

/** A tag has no colon, a digest has one. */
export function referenceOf({ reference }: ReferenceParams): Reference {
  return reference.includes(':') ? { digest: digestFrom(reference) } : { tag: tagFrom(reference) };
}

export function tagFrom(text: string): Tag {
  const tag = parseTag(text);
  if (tag === undefined) throw new RegistryError('TAG_INVALID');
  return tag;
}
