import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SyncTree } from '../collector/inventory/syncTree.ts';
import type { TreeReader } from '../collector/inventory/treeReader.ts';
import { repositoryNamed, sha256, tagNamed } from '../collector/testing/imageTree.ts';
import { openRecords } from '../records/records.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { examineDirectory } from './directory.ts';
import { examine, type Examined } from './examination.ts';
import { findingKinds } from './findingKinds.ts';
import type { Finding } from './findings.ts';
import { damages, revisions } from './testing/damages.ts';
import { app, dayMs, Patient } from './testing/patient.ts';

const { signal } = new AbortController();
const silent = { counted: () => undefined, hashed: () => undefined };

let patient: Patient;
beforeEach(() => {
  patient = new Patient();
});
afterEach(() => {
  patient.remove();
});

async function doctor(
  { isDeep = false }: { readonly isDeep?: boolean } = {},
  root = patient.root,
): Promise<Examined & { readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const examined = await examineDirectory(
    root,
    { random: randomBytes, fresh: randomUUID, now: Date.now },
    { uploadsMs: 7 * dayMs, ...(isDeep ? { hashingThreads: 2 } : {}), ...silent },
    (finding) => findings.push(finding),
    signal,
  );
  return { ...examined, findings };
}

describe('an examination', () => {
  it('counts what there is, and finds nothing wrong with what is legal', async () => {
    expect(await doctor({ isDeep: true })).toEqual({
      counts: {
        repositories: 2,
        tags: 4,
        manifests: 5,
        layerLinks: 9,
        blobs: 14,
        bytes: expect.any(Number) as number,
        uploads: 0,
      },
      own: undefined,
      findings: [],
    });
  });

  it.each(damages)('finds $what, and nothing else', async ({ isDeep = false, break: damage }) => {
    const expected = damage(patient.tree, patient);
    const { findings } = await doctor({ isDeep });
    const told = findings.map(({ name, object }) => [name, object]);
    expect(told.toSorted()).toEqual(expected.toSorted());
  });

  it('finds each kind of damage there is in that table', () => {
    const text = readFileSync(new URL('testing/damages.ts', import.meta.url), 'utf8');
    for (const name of Object.keys(findingKinds)) expect(text).toContain(`['${name}',`);
  });

  it('changes nothing, to the last modification time', async () => {
    patient.tree.write(layout.storage, '{}');
    patient.tree.drop(layout.revisionDirectory(app, patient.two.digest));
    const before = listing(patient.root);
    await doctor({ isDeep: true });
    expect(listing(patient.root)).toEqual(before);
  });

  it('calls nothing missing that a client deletes or pushes while it looks', async () => {
    const { tree, two } = patient;
    const hooks = new Map<string, () => void>([
      // A tag is read; then its tag and its manifest are deleted.
      [
        layout.tagLink(app, tagNamed('v2')),
        () => {
          tree.drop(layout.tagDirectory(app, tagNamed('v2')));
          tree.drop(layout.revisionDirectory(app, two.digest));
        },
      ],
      // The manifests are listed; then images are pushed with tags, of which one goes again as soon as its tag is read.
      [
        revisions,
        () => {
          tree.image('team/app', 'late', { tag: 'late' });
          const { digest } = tree.image('team/app', 'brief', { tag: 'brief' });
          hooks.set(layout.tagLink(app, tagNamed('brief')), () => {
            tree.drop(layout.tagDirectory(app, tagNamed('brief')));
            tree.drop(layout.revisionDirectory(app, digest));
          });
        },
      ],
      // The link of a layer is read; then a collection, whose bytes come after, takes it.
      [
        layout.layerLink(repositoryNamed('left'), sha256('alone')),
        () => {
          tree.drop(layout.layerDirectory(repositoryNamed('left'), sha256('alone')));
        },
      ],
    ]);
    const { digest } = tree.layer('left', 'alone');
    tree.drop(layout.blobDirectory(digest));
    const findings: Finding[] = [];
    const driver = new FilesystemDriver(patient.root);
    const records = openRecords(driver, { fresh: randomUUID, onPruningFailed: () => undefined });
    await examine(
      { store: driver, tree: hooked(patient.root, hooks), records, seed: 1, now: Date.now() },
      { uploadsMs: dayMs, progress: () => undefined },
      (finding) => findings.push(finding),
      signal,
    );
    expect(hooks.size).toBe(0);
    expect(findings).toEqual([]);
  });

  it('ends as soon as it is told to, also while it hashes', async () => {
    const aborting = new AbortController();
    const ending = examineDirectory(
      patient.root,
      { random: randomBytes, fresh: randomUUID, now: Date.now },
      {
        uploadsMs: dayMs,
        hashingThreads: 2,
        counted: () => undefined,
        hashed: () => {
          aborting.abort(new Error('enough'));
        },
      },
      () => undefined,
      aborting.signal,
    );
    await expect(ending).rejects.toThrow('enough');
  });
});

/** Does something once a path was read or listed, as another process could. */
function hooked(root: string, hooks: Map<string, () => void>): TreeReader {
  const tree = new SyncTree(root);
  const after = <T>(path: string, answer: T): T => {
    const hook = hooks.get(path);
    hooks.delete(path);
    hook?.();
    return answer;
  };
  return {
    list: (path) => after(path, tree.list(path)),
    look: (path) => after(path, tree.look(path)),
    read: (path, limitBytes) => after(path, tree.read(path, limitBytes)),
    rest: () => tree.rest(),
  };
}

function listing(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { mtimeMs, ctimeMs, size, mode } = statSync(join(root, name));
      return [name, mtimeMs, ctimeMs, size, mode].join(' ');
    });
}
