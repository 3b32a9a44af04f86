import { type Platform, readDescriptor } from './descriptor.ts';
import { type Digest, parseDigest } from './digest.ts';
import { type JsonObject, isJsonObject, parseJsonObject } from './jsonObject.ts';
import { readMediaType } from './manifestMediaType.ts';
import {
  type ManifestType,
  type StructuralField,
  isNonDistributable,
  manifestTypeOf,
  structuralFields,
} from './mediaType.ts';
import { mentionedDigests } from './mention.ts';

/** What a manifest names, in the order it names it. The subject is not among these: it does not belong to what is pulled. */
export interface ManifestReference {
  readonly digest: Digest;
  /**
   * `mentioned`: may be a manifest or a blob. That is all that a manifest of unknown type mentions, and an entry of an index whose media type is no
   * manifest's (BuildKit's caches list layers there).
   */
  readonly role: 'config' | 'layer' | 'blob' | 'manifest' | 'mentioned';
  /** As the descriptor says; left out when that is no size. */
  readonly sizeBytes?: number;
  readonly mediaType?: string;
  /** Need not be in this registry: a non-distributable layer, or one that can be fetched from its `urls`. */
  readonly foreign: boolean;
  /** Where else it can be fetched; left out where nothing is named. */
  readonly urls?: readonly string[];
  readonly platform?: Platform;
}

export interface Manifest {
  /** `image`: config and layers, or the blobs of an artifact. `index`: a list of manifests. */
  readonly kind: 'image' | 'index' | 'schema1' | 'unknown';
  /** In lower case, without parameters. Empty when neither the document nor a content type says it and the shape does not tell. */
  readonly mediaType: string;
  readonly references: readonly ManifestReference[];
  readonly subject?: Digest;
  /** As the referrers API reports it: of an image that says none, the media type of its config. */
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `notUnderstood`: it may refer to what we cannot see, so it is refused when pushed, and ends a run when found (G1). */
export type ManifestReading =
  { readonly is: 'manifest'; readonly manifest: Manifest } | { readonly is: 'notUnderstood'; readonly why: string };

/**
 * Reads a manifest of OCI's types (image, index, artifact) or Docker's (schema 1 and 2, list). Of a type that is none of these, every digest mentioned
 * anywhere is a reference.
 *
 * `text` is hostile, and its caller bounds it. `contentType` is what it was pushed with, where that is known; what is accepted with one reads the same
 * without, but for the media type of a document that says nothing of its own.
 */
export function readManifest(text: string, contentType?: string): ManifestReading {
  const document = parseJsonObject(text);
  if (document === undefined) return notUnderstood('not a JSON object');
  const reading = readMediaType(document, contentType);
  if (reading.is === 'notUnderstood') return reading;
  const type = manifestTypeOf(reading.mediaType);
  return type === undefined
    ? readUnknown(document, text, reading.mediaType)
    : readKnown(document, type, reading.mediaType);
}

function readKnown(document: JsonObject, type: ManifestType, mediaType: string): ManifestReading {
  const stray = structuralFields.find((field) => !type.fields.includes(field) && isPresent(document[field]));
  if (stray !== undefined) return notUnderstood(`${mediaType} with a field ${stray}`);

  const references: ManifestReference[] = [];
  for (const field of type.fields) {
    for (const [place, entry] of entriesOf(document, field)) {
      const reference = referenceReaders[field](entry);
      if (reference === undefined) return notUnderstood(`${place} has no valid digest`);
      references.push(reference);
    }
  }
  const subject = readDescriptor(document['subject'])?.digest;
  if (subject === undefined && isPresent(document['subject'])) return notUnderstood('subject has no valid digest');
  const config = references.find(({ role }) => role === 'config');
  const artifactType = artifactTypeOf(document) ?? config?.mediaType;
  return understood({ kind: type.kind, mediaType, references, ...describe(document, subject, artifactType) });
}

/** A subject counts where one can be read: it keeps this manifest as a referrer. As a mention it is kept itself in any case. */
function readUnknown(document: JsonObject, text: string, mediaType: string): ManifestReading {
  const references = mentionedDigests(text).map((digest): ManifestReference => ({
    digest,
    role: 'mentioned',
    foreign: false,
  }));
  const subject = readDescriptor(document['subject'])?.digest;
  return understood({
    kind: 'unknown',
    mediaType,
    references,
    ...describe(document, subject, artifactTypeOf(document)),
  });
}

/** What a field names, with the place of each. A list that is absent or null has no elements; what is no list has one that cannot be read. */
function entriesOf(
  document: JsonObject,
  field: StructuralField,
): readonly (readonly [place: string, entry: unknown])[] {
  const value = document[field];
  if (field === 'config') return [[field, value]];
  if (!isPresent(value)) return [];
  return Array.isArray(value) ? value.map((entry, at) => [`${field}[${at}]`, entry]) : [[field, undefined]];
}

const referenceReaders: Record<StructuralField, (entry: unknown) => ManifestReference | undefined> = {
  config: (entry) => readReference(entry, () => 'config'),
  layers: (entry) => readReference(entry, () => 'layer'),
  blobs: (entry) => readReference(entry, () => 'blob'),
  manifests: (entry) => readReference(entry, roleInIndex),
  fsLayers: readSchema1Layer,
};

function readReference(
  entry: unknown,
  roleOf: (mediaType: string | undefined) => ManifestReference['role'],
): ManifestReference | undefined {
  const descriptor = readDescriptor(entry);
  if (descriptor === undefined) return undefined;
  const { urls, ...described } = descriptor;
  const role = roleOf(described.mediaType);
  const isElsewhere = urls.length > 0 || isNonDistributable(described.mediaType ?? '');
  const foreign = (role === 'layer' || role === 'blob') && isElsewhere;
  return { ...described, role, foreign, ...(urls.length > 0 && { urls }) };
}

function roleInIndex(mediaType: string | undefined): ManifestReference['role'] {
  return mediaType === undefined || manifestTypeOf(mediaType) !== undefined ? 'manifest' : 'mentioned';
}

function readSchema1Layer(entry: unknown): ManifestReference | undefined {
  const blobSum = isJsonObject(entry) ? entry['blobSum'] : undefined;
  const digest = typeof blobSum === 'string' ? parseDigest(blobSum) : undefined;
  return digest && { digest, role: 'layer', foreign: false };
}

function describe(
  document: JsonObject,
  subject: Digest | undefined,
  artifactType: string | undefined,
): Pick<Manifest, 'subject' | 'artifactType' | 'annotations'> {
  return {
    ...(subject !== undefined && { subject }),
    ...(artifactType !== undefined && { artifactType }),
    annotations: annotationsOf(document),
  };
}

function artifactTypeOf({ artifactType }: JsonObject): string | undefined {
  return typeof artifactType === 'string' && artifactType !== '' ? artifactType : undefined;
}

/** Decoration, not edges: what is not a string is left out. */
function annotationsOf({ annotations }: JsonObject): Readonly<Record<string, string>> {
  if (!isJsonObject(annotations)) return {};
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function understood(manifest: Manifest): ManifestReading {
  return { is: 'manifest', manifest };
}

function notUnderstood(why: string): ManifestReading {
  return { is: 'notUnderstood', why };
}
