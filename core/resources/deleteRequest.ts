import type { Digest } from '../oci/digest.ts';
import { type RepositoryName, type Tag, parseRepositoryName } from '../oci/reference.ts';
import { bounds } from './bounds.ts';
import { type Parsed, parseDocument } from './mistake.ts';
import { objectOf } from './object.ts';
import { flag, listOf, mappingOf, needed, oneOf, optional, textOf, andThen, wholeNumber } from './reading.ts';
import { approvedPlan, digest, instant, registryRef, repositoryGlob, tag, tagGlob } from './scalars.ts';

export type DeleteTarget =
  /** The manifest, with its tags and what only it reaches. */
  | { readonly by: 'digest'; readonly repository: RepositoryName; readonly digest: Digest }
  /** The tag alone; with a digest, only while it points there (D2). */
  | { readonly by: 'tag'; readonly repository: RepositoryName; readonly tag: Tag; readonly digest?: Digest }
  | { readonly by: 'tagGlob'; readonly repository: RepositoryName; readonly glob: string }
  /** All of every repository whose name matches. */
  | { readonly by: 'repository'; readonly glob: string };

/** A DeleteRequest of `coppice.dev/v1alpha1`, read and checked. */
export interface DeleteRequestResource {
  readonly name: string;
  readonly namespace: string;
  /** The name of a Registry in the same namespace. */
  readonly registry: string;
  readonly targets: readonly DeleteTarget[];
  /** Only what was pushed before this qualifies: ms since 1970. Absent only if every target has a digest. */
  readonly cutoff?: number;
  readonly referrers: 'Delete' | 'Keep';
  readonly mode: 'Preview' | 'Execute';
  readonly approvedPlan?: Digest;
  readonly reason?: string;
  readonly suspend: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
}

const targetFields = mappingOf({
  repository: needed(repositoryGlob),
  digest: optional(digest),
  tag: optional(tag),
  tagGlob: optional(tagGlob),
});

const target = andThen(targetFields, ({ repository: glob, digest, tag, tagGlob }, at): DeleteTarget | undefined => {
  if (tagGlob !== undefined && (tag !== undefined || digest !== undefined)) {
    at.tell('must not have a tagGlob beside a tag or a digest');
    return undefined;
  }
  if (digest === undefined && tag === undefined && tagGlob === undefined) return { by: 'repository', glob };
  const repository = parseRepositoryName(glob);
  if (repository === undefined) {
    at.within('repository').tell(
      `must be the name of one repository where a digest, tag or tagGlob is given, got "${glob}"`,
    );
    return undefined;
  }
  if (tagGlob !== undefined) return { by: 'tagGlob', repository, glob: tagGlob };
  if (tag !== undefined) return { by: 'tag', repository, tag, ...(digest !== undefined && { digest }) };
  return digest && { by: 'digest', repository, digest };
});

const specFields = mappingOf({
  registryRef: needed(registryRef),
  targets: needed(listOf(target, 1, bounds.targets)),
  cutoff: optional(instant),
  referrers: optional(oneOf('Delete', 'Keep')),
  mode: optional(oneOf('Preview', 'Execute')),
  approvedPlan: optional(approvedPlan),
  reason: optional(textOf(0, bounds.reasonCharacters)),
  suspend: optional(flag),
  activeDeadlineSeconds: optional(wholeNumber(1, bounds.seconds)),
  ttlSecondsAfterFinished: optional(wholeNumber(0, bounds.seconds)),
});

/** D1: without a cutoff, whatever is pushed later under the same name would be deleted, too. */
const spec = andThen(specFields, (fields, at) => {
  const loose = fields.targets.findIndex((one) => !('digest' in one));
  if (fields.cutoff === undefined && loose !== -1) {
    at.within('cutoff').tell(`is required, because targets[${loose}] has no digest`);
  }
  return fields;
});

const resource = andThen(objectOf('DeleteRequest', spec), ({ name, namespace, spec }): DeleteRequestResource => {
  const { registryRef, referrers = 'Delete', mode = 'Preview', approvedPlan = '', suspend = false, ...rest } = spec;
  return {
    name,
    namespace,
    registry: registryRef.name,
    referrers,
    mode,
    suspend,
    ...rest,
    ...(approvedPlan !== '' && { approvedPlan }),
  };
});

/** `document` is what YAML or JSON was decoded to. Its status is not looked at. */
export function parseDeleteRequest(document: unknown): Parsed<DeleteRequestResource> {
  return parseDocument(document, resource);
}
