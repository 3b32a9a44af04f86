import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { RegistryClient } from '../load/client.ts';
import { coppice } from '../load/command.ts';
import { Fleet } from '../load/fleet.ts';
import { type Blob, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { age, blobsOnDisk, linksOnDisk, liveBlobs, type RepositoryLinks } from '../load/tree.ts';
import { startDistribution } from './distribution.ts';
import {
  artifact,
  type Foreign,
  images,
  interrupted,
  pushBySha512,
  repository,
  writeForeignData,
  writeSparseIndex,
} from './foreignData.ts';
import { oldRepository, writeSchema1 } from './oldSchema.ts';
import { type Survey, surveyOf } from './survey.ts';

const { signal } = new AbortController();
const weekMs = 7 * 24 * 3_600_000;
const durations = {
  permitTTL: '1s',
  window: '2s',
  holdBudget: '2s',
  promiseTTL: '3s',
  minAge: '1s',
  confirmAfter: '0s',
  trashTTL: '0s',
};
/** What version 3 calls the switch with which it takes indexes of children that are not there. 2.8 has no such switch. */
const lax = { validation: { disabled: true } };

describe.each(['registry', 'docker-registry'] as const)('a tree that distribution (%s) wrote', (version) => {
  let folder: string;
  let original: string;
  let oldManifest: Blob;
  let links: ReadonlyMap<string, RepositoryLinks>;
  let before: ReadonlySet<Digest>;
  /** What distribution itself answered. */
  let answered: Survey;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-distribution-'));
    original = join(folder, 'original');
    await mkdir(original);
    oldManifest = await writeSchema1(original, 'v1');
    answered = await withDistribution(original, async (host) => {
      await write({ registry: clientAt(host), host, folder });
      links = await linksOnDisk(original);
      return surveyOf(`http://${host}`, links, signal);
    });
    before = new Set((await blobsOnDisk(original)).keys());
    await age(original, weekMs);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  function clientAt(host: string): RegistryClient {
    return new RegistryClient(`http://${host}`, { retryAfterMs: [], pause: async (ms) => pause(ms) });
  }

  async function withDistribution<T>(storage: string, use: (host: string) => Promise<T>): Promise<T> {
    const [port = 0] = await freePorts(1);
    const server = await startDistribution(version, folder, storage, port, signal, lax);
    try {
      return await use(`127.0.0.1:${port}`);
    } finally {
      await server.end('SIGTERM');
    }
  }

  async function write(foreign: Foreign): Promise<void> {
    await writeForeignData(foreign, signal);
    if (version === 'registry') await writeSparseIndex(foreign, signal);
    // So there are no manifests under sha512 in such trees, only blobs.
    expect(await pushBySha512(foreign, signal)).toMatchObject({
      why: expect.stringContaining('DIGEST_INVALID') as string,
    });
  }

  /** As distribution answers, but for three things. */
  function expected(): Survey {
    const survey = new Map(answered);
    // What is asked for by sha512 is answered as that, and not under another name.
    for (const [asked, answer] of answered) {
      const sha512 = /^[A-Z]+ .*\/blobs\/(sha512:.*)$/.exec(asked)?.[1];
      if (sha512 !== undefined) survey.set(asked, answer.replace(/ sha256:[0-9a-f]{64} /, ` ${sha512} `));
    }
    // Schema 1 is served as it is stored. 2.8 signs it anew for each answer, 3 does not serve it.
    const { digest, bytes } = oldManifest;
    for (const reference of ['v1', digest]) {
      const head = `200 application/vnd.docker.distribution.manifest.v1+json ${digest} ${bytes.length} `;
      survey.set(`HEAD /v2/${oldRepository}/manifests/${reference}`, head);
      survey.set(`GET /v2/${oldRepository}/manifests/${reference}`, `${head}${digest}`);
    }
    // A repository without manifests has no tags, and is one: for 2.8 it is in the catalog, too.
    survey.set(`tags of ${interrupted}`, '');
    const catalog = new Set([...(answered.get('catalog') ?? '').split(' '), interrupted]);
    return survey.set('catalog', [...catalog].toSorted().join(' '));
  }

  it.each([
    { name: 'without --delete-untagged', more: [], untagged: 'Keep' },
    { name: 'with --delete-untagged', more: ['--delete-untagged'], untagged: 'Delete' },
  ] as const)('is served in place, collected rightly $name, and served by distribution again', async (way) => {
    const { more, untagged } = way;
    const own = await mkdtemp(join(folder, 'case-'));
    await cp(original, join(own, 'storage'), { recursive: true, preserveTimestamps: true });
    const fleet = await Fleet.start(1, { folder: own, coppice: durations }, signal);
    const {
      storage,
      replicas: [replica],
    } = fleet;
    if (replica === undefined) throw new Error('no replica');
    const collect = async (exitCode: number): Promise<void> => {
      const said = await coppice(['collect', '--admin', replica.admin, ...more], signal);
      expect(said, said.stderr).toMatchObject({ exitCode });
    };
    const stored = async (): Promise<Set<Digest>> => new Set((await blobsOnDisk(storage)).keys());
    try {
      expect(await surveyOf(replica.api, links, signal)).toEqual(expected());
      const ours = clientAt(new URL(replica.api).host);
      expect(await ours.referrers(repository, topOf(images.multi).digest, signal)).toEqual([topOf(artifact).digest]);

      await collect(3); // G1: the first run on a storage that others wrote only previews, and asks
      expect(await stored()).toEqual(before);

      const live = await liveBlobs(storage, untagged);
      await age(storage, weekMs); // pulls have promised
      await collect(0);
      expect(await stored()).toEqual(before.intersection(live));
      expect(await fleet.faults()).toEqual([]);
      const left = await linksOnDisk(storage);
      expectNamed(left, live);
      const after = await surveyOf(replica.api, left, signal);
      expect(after).toEqual(restricted(withoutInterrupted(expected()), after));
    } finally {
      await fleet.end();
    }
    await withDistribution(storage, async (host) => {
      const after = unsigned(await surveyOf(`http://${host}`, await linksOnDisk(storage), signal));
      expect(after).toEqual(restricted(answered, after));
    });
  });

  /** Every tag is left, and of the manifests those that live. */
  function expectNamed(left: typeof links, live: ReadonlySet<string>): void {
    for (const [name, { tags, revisions }] of links) {
      const living = new Map([...revisions].filter(([, digest]) => live.has(digest)));
      expect(left.get(name)?.tags ?? new Map(), name).toEqual(tags);
      expect(left.get(name)?.revisions ?? new Map(), name).toEqual(living);
    }
  }

  /** To what is asked the second time, too. */
  function restricted(survey: Survey, asked: Survey): Survey {
    return new Map([...survey].filter(([question]) => asked.has(question)));
  }

  /** Of the interrupted push nothing is left. Version 2.8 goes by the empty folders, so its own catalog stays as it was. */
  function withoutInterrupted(survey: Survey): Survey {
    const catalog = (survey.get('catalog') ?? '').split(' ').filter((name) => name !== interrupted);
    return new Map(survey).set('catalog', catalog.join(' '));
  }

  /** But for the bytes that version 2.8 signs anew each time; HEAD says their digest. */
  function unsigned(survey: Survey): Survey {
    return new Map([...survey].filter(([question]) => !question.startsWith(`GET /v2/${oldRepository}/manifests/`)));
  }
});
