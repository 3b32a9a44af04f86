import { hash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { type Digest, digestOf } from '../../../../core/oci/digest.ts';
import { layout } from '../../../storage/layout.ts';
import { app, v1 } from '../scenes.ts';
import type { Fault, Scene, Struck } from './fault.ts';

/** Faults that lie on the storage before the run: what crashes, other software, a lost mount and hands leave there. */
export const onDisk: Readonly<Record<string, Fault>> = {
  'an empty tag link': (scene) => cut(scene, layout.tagLink(app, v1), 0),
  'a tag link of another content': (scene) => put(scene, layout.tagLink(app, v1), 'sha256:no'),
  'a truncated revision link': (scene) => cut(scene, layout.revisionLink(app, scene.garbage.digest), 30),
  'a wrong digest in a revision link': (scene) =>
    put(scene, layout.revisionLink(app, scene.garbage.digest), scene.recent.digest),
  'a layer link of another length': (scene) => put(scene, layout.layerLink(app, scene.garbage.config), 'sha256:'),
  'garbage in a layer link named by sha512': (scene) => put(scene, layout.layerLink(app, sha512('x')), 'garbage'),
  'a directory in the place of a layer link': (scene) =>
    makeDirectory(scene, layout.layerLink(app, scene.garbage.config)),

  'an empty manifest': (scene) => cut(scene, layout.blob(scene.old.digest), 0),
  'a truncated manifest': (scene) => cut(scene, layout.blob(scene.old.digest), 20),
  'a manifest that does not hash to its name': (scene) => put(scene, layout.blob(scene.old.digest), '{}'),
  'a manifest that is no JSON and hashes to its name': ({ tree }) => inApp(addManifest(tree, '{"schemaVersion":2,')),
  'a manifest that lists a child without a digest': ({ tree }) =>
    inApp(addManifest(tree, JSON.stringify({ mediaType: indexType, manifests: [{ mediaType: indexType, size: 2 }] }))),
  'a manifest of more bytes than are read': (scene) => cut(scene, layout.blob(scene.old.digest), 33 * 1024 * 1024),
  'a manifest that is gone': ({ tree, old }) => {
    tree.drop(layout.blob(old.digest));
    return inApp(old.digest);
  },
  'a directory in the place of data': (scene) => makeDirectory(scene, layout.blob(scene.garbage.config)),

  'a file that is no repository': (scene) => put(scene, `${layout.repositories}/Not_A_Name/x`, '', 'Not_A_Name'),
  'an unknown part of a repository': (scene) => put(scene, `${layout.repository(app)}/_kept/x`, '', '_kept'),
  'a name that is no tag': (scene) => put(scene, `${layout.tags(app)}/-no-tag/current/link`, '', '-no-tag'),
  'a name that is no digest': (scene) => put(scene, `${layout.revisions(app)}/sha256/abc/link`, '', 'sha256/abc'),
  'an algorithm that nobody knows': (scene) => put(scene, `${layout.revisions(app)}/md5/abc/link`, '', 'revisions/md5'),
  'a blob in another’s place': ({ tree, old }) => {
    const path = `${layout.blobsOf('sha256')}/zz/${old.digest.slice('sha256:'.length)}`;
    tree.write(`${path}/data`, '');
    return { object: path };
  },
  'a file in the place of a directory': (scene) =>
    replace(scene, layout.tags(app), (place) => {
      writeFileSync(place, '');
    }),
  'a symbolic link to nothing in the place of a directory': (scene) =>
    replace(scene, layout.revisions(app), (place) => {
      symlinkSync('/a/mount/that/is/gone', place);
    }),
  'a directory that the system refuses to list': (scene) =>
    replace(scene, layout.layers(app), (place) => {
      symlinkSync(place, place); // ELOOP: like EACCES, but also for root
    }),
};

const indexType = 'application/vnd.oci.image.index.v1+json';

function cut({ tree }: Scene, path: string, sizeBytes: number): Struck {
  truncateSync(tree.place(path), sizeBytes);
  return { object: path };
}

/** `object`: where the path is more than anybody would name. */
function put({ tree }: Scene, path: string, content: string, object = path): Struck {
  tree.write(path, content);
  return { object };
}

function makeDirectory(scene: Scene, path: string): Struck {
  rmSync(scene.tree.place(path));
  mkdirSync(scene.tree.place(path));
  return { object: path };
}

/** What was there lies beside it, where nobody looks. */
function replace({ tree }: Scene, path: string, by: (place: string) => void): Struck {
  renameSync(tree.place(path), tree.place('/moved-away'));
  by(tree.place(path));
  return { object: path };
}

function addManifest(tree: Scene['tree'], content: string): Digest {
  const digest = tree.blob(content);
  tree.write(layout.revisionLink(app, digest), digest);
  return digest;
}

function inApp(digest: Digest): Struck {
  return { object: `${app}@${digest}` };
}

function sha512(content: string): Digest {
  const digest = digestOf('sha512', hash('sha512', content));
  if (digest === undefined) throw new Error('sha512 is 128 hexadecimal characters');
  return digest;
}
