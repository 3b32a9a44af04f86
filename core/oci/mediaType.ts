/** The fields that name what belongs to a manifest. No type has all of them, so they tell types apart. */
export const structuralFields = ['config', 'layers', 'manifests', 'fsLayers', 'blobs'] as const;
export type StructuralField = (typeof structuralFields)[number];

/** What one must know about a type of manifest to find all that it names. */
export interface ManifestType {
  readonly kind: 'image' | 'index' | 'schema1';
  readonly fields: readonly StructuralField[];
}

export const ociImage = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json';
export const dockerImage = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const dockerSchema1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const dockerSignedSchema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

const manifestTypes: ReadonlyMap<string, ManifestType> = new Map<string, ManifestType>([
  [ociImage, { kind: 'image', fields: ['config', 'layers'] }],
  [ociIndex, { kind: 'index', fields: ['manifests'] }],
  [ociArtifact, { kind: 'image', fields: ['blobs'] }],
  [dockerImage, { kind: 'image', fields: ['config', 'layers'] }],
  [dockerList, { kind: 'index', fields: ['manifests'] }],
  [dockerSchema1, { kind: 'schema1', fields: ['fsLayers'] }],
  [dockerSignedSchema1, { kind: 'schema1', fields: ['fsLayers'] }],
]);

/** `undefined`: a type we do not know, so what it refers to can only be guessed at (G1). */
export function manifestTypeOf(mediaType: string): ManifestType | undefined {
  return manifestTypes.get(mediaType);
}

const nonDistributable: ReadonlySet<string> = new Set([
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
]);

/** Layers that licences keep out of registries: clients fetch them elsewhere, and pushes leave them out. */
export function isNonDistributable(mediaType: string): boolean {
  return nonDistributable.has(mediaType);
}

/** A `Content-Type` without its parameters, in lower case (RFC 9110, section 8.3.1). */
export function bareMediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
