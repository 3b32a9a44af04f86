import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { parseLifeId } from '../../../core/window/identity.ts';
import { type ImageTree, sha256, tagNamed } from '../../collector/testing/imageTree.ts';
import { layout } from '../../storage/layout.ts';
import type { FindingName } from '../findingKinds.ts';
import { app, dayMs, imageType, type Patient } from './patient.ts';

export type Told = readonly (readonly [FindingName, string])[];

export interface Damage {
  readonly what: string;
  readonly isDeep?: true;
  /** It is in what Coppice keeps of itself. */
  readonly isOfRecords?: true;
  /** Breaks something, and says what is to be told of it: that, and nothing else. */
  readonly break: (tree: ImageTree, patient: Pick<Patient, 'one' | 'two' | 'index' | 'layerOfTwo'>) => Told;
}

function document(type: string, fields: object): object {
  return { schemaVersion: 2, mediaType: type, ...fields };
}

export const revisions = `${layout.revisions(app)}/sha256`;
const life = parseLifeId('gone') ?? raise('no life');

export const damages: readonly Damage[] = [
  {
    what: 'a tag whose revision link was removed',
    break: (tree, { two, index }) => {
      tree.drop(layout.revisionDirectory(app, two.digest));
      return [
        ['DanglingTag', 'team/app:v2'],
        ['ChildMissing', `team/app@${index}`],
        ['OrphanBlob', two.digest],
      ];
    },
  },
  {
    what: 'a tag whose manifest has lost its bytes',
    break: (tree, { two, index }) => {
      tree.drop(layout.blobDirectory(two.digest));
      tree.drop(layout.revisionDirectory(app, index));
      tree.drop(layout.tagDirectory(app, tagNamed('multi')));
      tree.drop(layout.blobDirectory(index));
      return [
        ['DanglingTag', 'team/app:v2'],
        ['ManifestLinkWithoutBlob', `team/app@${two.digest}`],
      ];
    },
  },
  {
    what: 'a layer whose bytes another collector removed',
    break: (tree, { two, layerOfTwo }) => {
      tree.drop(layout.blobDirectory(layerOfTwo));
      return [
        ['LayerLinkWithoutBlob', `team/app@${layerOfTwo}`],
        ['ManifestWithoutBlob', `team/app@${two.digest}`],
      ];
    },
  },
  {
    what: 'a layer whose link is gone',
    break: (tree, { two, layerOfTwo }) => {
      tree.drop(layout.layerDirectory(app, layerOfTwo));
      return [
        ['ManifestWithoutLink', `team/app@${two.digest}`],
        ['OrphanBlob', layerOfTwo],
      ];
    },
  },
  {
    what: 'a link of a tag without bytes',
    break: (tree) => {
      truncateSync(tree.place(layout.tagLink(app, tagNamed('v1'))));
      return [['EmptyLink', layout.tagLink(app, tagNamed('v1'))]];
    },
  },
  {
    what: 'a link of a manifest that a power cut left as zeros',
    break: (tree, { two }) => {
      tree.write(layout.revisionLink(app, two.digest), '\0'.repeat(71));
      return [['EmptyLink', layout.revisionLink(app, two.digest)]];
    },
  },
  {
    what: 'a link of a layer without bytes',
    break: (tree, { layerOfTwo }) => {
      truncateSync(tree.place(layout.layerLink(app, layerOfTwo)));
      return [['EmptyLink', layout.layerLink(app, layerOfTwo)]];
    },
  },
  {
    what: 'a link that names no digest',
    break: (tree) => {
      tree.write(layout.tagLink(app, tagNamed('v1')), 'sha256:abc');
      return [['LinkNotUnderstood', layout.tagLink(app, tagNamed('v1'))]];
    },
  },
  {
    what: 'a link of a manifest that names another',
    break: (tree, { one, two }) => {
      tree.write(layout.revisionLink(app, two.digest), one.digest);
      return [['LinkNotUnderstood', layout.revisionLink(app, two.digest)]];
    },
  },
  {
    what: 'a manifest cut short',
    break: (tree, { two, index }) => {
      truncateSync(tree.place(layout.blob(two.digest)), 20);
      return [
        ['ManifestCorrupt', `team/app@${two.digest}`],
        ['OtherSize', `team/app@${index}`],
      ];
    },
  },
  {
    what: 'a manifest that is no JSON',
    break: (tree) => {
      const digest = tree.blob('not a manifest');
      tree.write(layout.revisionLink(app, digest), digest);
      return [['ManifestNotUnderstood', `team/app@${digest}`]];
    },
  },
  {
    what: 'a blob cut short, as far as its size tells',
    break: (tree, { two, layerOfTwo }) => {
      truncateSync(tree.place(layout.blob(layerOfTwo)), 3);
      return [['OtherSize', `team/app@${two.digest}`]];
    },
  },
  {
    what: 'a blob of other bytes, where all are hashed',
    isDeep: true,
    break: (tree, { layerOfTwo }) => {
      tree.write(layout.blob(layerOfTwo), 'LAYER of two');
      return [['BlobCorrupt', layerOfTwo]];
    },
  },
  {
    what: 'a file among the repositories',
    break: (tree) => {
      tree.write(`${layout.repositories}/notes`, 'mine');
      return [['ForeignName', `${layout.repositories}/notes`]];
    },
  },
  {
    what: 'names that no repository, tag or digest has',
    break: (tree) => {
      tree.write(`${layout.repositories}/Backup/x`, '');
      tree.write(`${layout.repository(app)}/_trash/x`, '');
      tree.write(`${layout.tags(app)}/-old/current/link`, '');
      tree.write(`${revisions}/abc/link`, '');
      tree.write(`${layout.layers(app)}/md5/link`, '');
      tree.write(`${layout.blobsOf('sha256')}/00/11${'0'.repeat(62)}/data`, '');
      tree.write(`${layout.blobsOf('sha256')}/lost+found/x`, '');
      return [
        ['ForeignName', `${layout.repositories}/Backup`],
        ['ForeignName', `${layout.repository(app)}/_trash`],
        ['ForeignName', `${layout.tags(app)}/-old`],
        ['ForeignName', `${revisions}/abc`],
        ['ForeignName', `${layout.layers(app)}/md5`],
        ['ForeignName', `${layout.blobsOf('sha256')}/00/11${'0'.repeat(62)}`],
        ['ForeignName', `${layout.blobsOf('sha256')}/lost+found`],
      ];
    },
  },
  {
    what: 'files that nobody knows, also beside links and bytes where every directory is listed',
    isDeep: true,
    break: (tree, { two }) => {
      tree.write(`${layout.served}/README`, '');
      tree.write(`${layout.blobs}/md5/x`, '');
      tree.write(`${layout.manifests(app)}/.lock`, '');
      tree.write(`${layout.blobDirectory(two.digest)}/data.bak`, '');
      tree.write(`${layout.revisionDirectory(app, two.digest)}/link.lock`, '');
      return [
        ['ForeignFile', `${layout.served}/README`],
        ['ForeignFile', `${layout.blobs}/md5`],
        ['ForeignFile', `${layout.manifests(app)}/.lock`],
        ['ForeignFile', `${layout.blobDirectory(two.digest)}/data.bak`],
        ['ForeignFile', `${layout.revisionDirectory(app, two.digest)}/link.lock`],
      ];
    },
  },
  {
    what: 'links and listings that cannot be read',
    break: (tree) => {
      mkdirSync(tree.place(layout.tagLink(app, tagNamed('stuck'))), { recursive: true });
      mkdirSync(tree.place(layout.blobDirectory(sha256('loop'))), { recursive: true });
      symlinkSync('data', tree.place(layout.blob(sha256('loop'))));
      return [
        ['Unreadable', layout.tagLink(app, tagNamed('stuck'))],
        ['Unreadable', layout.blob(sha256('loop'))],
      ];
    },
  },
  {
    what: 'manifests whose listing cannot be read, of which none is said to be missing',
    break: (tree, { one, two, index }) => {
      tree.drop(layout.revisions(app));
      symlinkSync('revisions', tree.place(layout.revisions(app)));
      return [
        ['Unreadable', layout.revisions(app)],
        ...[one.digest, two.digest, index].map((each): Told[number] => ['Unreadable', layout.revisionLink(app, each)]),
      ];
    },
  },
  {
    what: 'a manifest of a type that nobody knows, and one of schema 1',
    break: (tree) => {
      const unknown = tree.manifest(
        'team/app',
        document('application/vnd.example+json', { about: sha256('elsewhere') }),
      );
      const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
      const old = tree.manifest('team/app', { schemaVersion: 1, mediaType: type, fsLayers: [], signatures: [] });
      return [
        ['UnknownMediaType', `team/app@${unknown}`],
        ['Schema1Manifest', `team/app@${old}`],
      ];
    },
  },
  {
    what: 'what is legal though it is not whole: a sparse index, an early referrer, a list of referrers by tag',
    break: (tree, { one }) => {
      const manifests = [{ mediaType: imageType, digest: sha256('absent'), size: 2 }];
      const index = tree.manifest('team/app', document('application/vnd.oci.image.index.v1+json', { manifests }));
      const early = tree.image('team/app', 'early', { subject: sha256('absent') });
      tree.tag('team/app', one.digest.replace(':', '-'), index);
      return [
        ['ChildMissing', `team/app@${index}`],
        ['SubjectMissing', `team/app@${early.digest}`],
        ['ReferrersTag', `team/app:${one.digest.replace(':', '-')}`],
      ];
    },
  },
  {
    what: 'uploads that nobody goes on with, and none that somebody does',
    break: (tree) => {
      for (const name of ['old', 'new'])
        for (const file of ['data', 'startedat']) tree.write(`${layout.uploads(app)}/${name}/${file}`, 'bytes');
      tree.age(8 * dayMs, `${layout.uploads(app)}/old`);
      tree.ageOne(8 * dayMs, `${layout.uploads(app)}/old`);
      return [['AbandonedUpload', `${layout.uploads(app)}/old`]];
    },
  },
  {
    what: 'a repository whose manifests are gone, and a blob that nothing links to',
    break: (tree) => {
      tree.layer('left', 'alone');
      const orphan = tree.blob('orphan');
      tree.age(dayMs, layout.blobDirectory(orphan));
      return [
        ['NoManifests', 'left'],
        ['OrphanBlob', orphan],
      ];
    },
  },
  {
    what: 'what starts left that were killed, and the timetable of a cache',
    break: (tree) => {
      const probes = layout.probes(life);
      for (const probe of probes) mkdirSync(tree.place(probe));
      tree.write('/scheduler-state.json', '{}');
      return [...probes.map((probe): Told[number] => ['LeftProbe', probe]), ['ProxyState', '/scheduler-state.json']];
    },
  },
  {
    what: 'records of Coppice that say nothing, and names among them that it does not give',
    isOfRecords: true,
    break: (tree) => {
      tree.write(layout.storage, '{}');
      tree.write(layout.tombstone('one'), 'no JSON');
      tree.write(`${layout.own}/notes`, '');
      return [
        ['RecordNotUnderstood', layout.storage],
        ['RecordNotUnderstood', layout.tombstone('one')],
        ['ForeignFile', `${layout.own}/notes`],
      ];
    },
  },
  {
    what: 'content that came after the last life of a replica had left',
    isOfRecords: true,
    break: (tree, { one }) => {
      const record = {
        life,
        storage: 'storage',
        instance: 'one',
        generation: 1,
        version: '1',
        protocol: 1,
        startedAt: '',
        left: true,
      };
      tree.write(layout.life(life), JSON.stringify(record));
      tree.ageOne(dayMs / 2, layout.life(life));
      tree.tag('team/app', 'v3', one.digest);
      return [['ForeignWrites', 'team/app:v3']];
    },
  },
];

function raise(says: string): never {
  throw new Error(says);
}
