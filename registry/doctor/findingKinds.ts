/** `error`: something cannot be pulled, or a collection ends in doubt because of it; `warning`: a person should look; `info`: legal, or collected some day. */
export type Severity = 'error' | 'warning' | 'info';

export interface FindingKind {
  readonly severity: Severity;
  readonly says: string;
  /** What a person does about it. */
  readonly todo: string;
}

/** Everything that an examination can find, by its stable name; docs/operations/doctor.md explains each. */
export const findingKinds = {
  Unreadable: {
    severity: 'error',
    says: 'the storage gave no answer, so nothing is known of it',
    todo: 'see to the disk, the mount or the permissions, then look again; until then collections end in doubt',
  },
  DanglingTag: {
    severity: 'error',
    says: 'a tag whose manifest is not there',
    todo: 'push the image again, or take the tag away with `coppice doctor --repair`',
  },
  ManifestLinkWithoutBlob: {
    severity: 'error',
    says: 'a manifest of which only the link is left',
    todo: 'push it again, or take the link away with `coppice doctor --repair`; until then collections end in doubt',
  },
  EmptyLink: {
    severity: 'error',
    says: 'a link without content, as a power cut leaves it',
    todo: 'push the image again; until then collections end in doubt',
  },
  LinkNotUnderstood: {
    severity: 'error',
    says: 'a link that names no digest, or another manifest than its own',
    todo: 'push the image again; until then collections end in doubt',
  },
  ManifestCorrupt: {
    severity: 'error',
    says: 'a manifest whose bytes have another digest',
    todo: 'restore its data from a backup, or delete the manifest by digest; until then collections end in doubt',
  },
  ManifestNotUnderstood: {
    severity: 'error',
    says: 'a manifest that cannot be parsed',
    todo: 'delete it by digest; until then collections end in doubt',
  },
  ManifestWithoutBlob: {
    severity: 'error',
    says: 'a manifest that names a blob whose bytes are not there',
    todo: 'push the image again, or restore the blob from a backup',
  },
  ManifestWithoutLink: {
    severity: 'error',
    says: 'a manifest that names a blob its repository has no link to',
    todo: 'push the image again: the bytes are there, only the link is missing',
  },
  BlobCorrupt: {
    severity: 'error',
    says: 'a blob whose bytes have another digest',
    todo: 'restore it from a backup, or remove its data and push it again',
  },
  ForeignName: {
    severity: 'error',
    says: 'a name where only repositories, tags and digests belong',
    todo: 'move it elsewhere; until then collections end in doubt',
  },
  RecordNotUnderstood: {
    severity: 'error',
    says: 'a record of Coppice that says nothing it knows',
    todo: 'restore it, or ask: no run begins on a storage whose records are not understood',
  },
  OtherSize: {
    severity: 'warning',
    says: 'a manifest gives another size than its blob has',
    todo: 'clients refuse it; `coppice doctor --deep` tells whether the blob is damaged, otherwise build the image anew',
  },
  ForeignFile: {
    severity: 'warning',
    says: 'a file that no registry writes here',
    todo: 'find out who put it there; it is passed over',
  },
  ForeignWrites: {
    severity: 'warning',
    says: 'content that is newer than the last life of a replica',
    todo: 'find out what else writes to this storage, and stop it before Coppice collects',
  },
  ProxyState: {
    severity: 'warning',
    says: 'the timetable of a pull-through cache of distribution',
    todo: 'such a cache deletes what it holds by itself: see to it that none runs on this storage',
  },
  LayerLinkWithoutBlob: {
    severity: 'info',
    says: 'a layer of which only the link is left',
    todo: 'nothing: distribution’s collector leaves these; whoever pushes the layer again makes it whole',
  },
  UnknownMediaType: {
    severity: 'info',
    says: 'a manifest of a type that is not known',
    todo: 'nothing: a collection keeps every digest that it mentions',
  },
  Schema1Manifest: {
    severity: 'info',
    says: 'a manifest of Docker’s schema 1',
    todo: 'nothing: it is served and kept; clients of today do not pull it',
  },
  AbandonedUpload: {
    severity: 'info',
    says: 'an upload without activity for longer than `coppice.uploads`',
    todo: 'nothing: the next collection takes it away, or `coppice doctor --repair`',
  },
  ChildMissing: {
    severity: 'info',
    says: 'an index that names a manifest which its repository does not have',
    todo: 'nothing: an index may be sparse',
  },
  SubjectMissing: {
    severity: 'info',
    says: 'a manifest whose subject its repository does not have',
    todo: 'nothing: the subject may come later, or is gone',
  },
  ReferrersTag: {
    severity: 'info',
    says: 'a tag that lists referrers, by the older scheme',
    todo: 'nothing: it keeps what it names as any tag does, also after its subject is gone',
  },
  NoManifests: {
    severity: 'info',
    says: 'a repository with layers, and without any manifest or tag',
    todo: 'nothing: a push may be under way, or everything was deleted',
  },
  OrphanBlob: {
    severity: 'info',
    says: 'a blob that no link names, so that nobody can pull it',
    todo: 'nothing: a collection reclaims it',
  },
  LeftProbe: {
    severity: 'info',
    says: 'what a start of Coppice left that was killed while it probed the storage',
    todo: 'nothing: it is passed over; it may be removed',
  },
} as const satisfies Record<string, FindingKind>;

export type FindingName = keyof typeof findingKinds;
