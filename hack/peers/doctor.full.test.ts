import { execFile } from 'node:child_process';
import { cpSync, readdirSync, statSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageTree, repositoryNamed } from '../../registry/collector/testing/imageTree.ts';
import { examineDirectory } from '../../registry/doctor/directory.ts';
import type { Finding } from '../../registry/doctor/findings.ts';
import { damages } from '../../registry/doctor/testing/damages.ts';
import { layout } from '../../registry/storage/layout.ts';
import { RegistryClient } from '../load/client.ts';
import { coppice } from '../load/command.ts';
import { artifactFor, type Blob, blobOf, type Image, imageOf, indexOf, topOf } from '../load/images.ts';
import { freePorts } from '../load/ports.ts';
import { age } from '../load/tree.ts';
import { toolPath } from '../tools/cache.ts';
import { startDistribution } from './distribution.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const dayMs = 24 * 3_600_000;
const repository = 'team/app';

const blobOfText = (text: string): Blob => blobOf(Buffer.from(text));

const layerOfTwo = blobOfText('layer of two');
const one = imageOf('one', [blobOfText('shared'), blobOfText('layer of one')]);
const two = imageOf('two', [blobOfText('shared'), layerOfTwo]);
const index = indexOf([one, two]);
const [configOfTwo] = two.blobs.map(({ digest }) => digest);
const lost = imageOf('lost', [blobOfText('layer of lost')]);
/** What distribution is given, as the damages know it. */
const pushed = { one: asImage(one), two: asImage(two), index: topOf(index).digest, layerOfTwo: layerOfTwo.digest };

function asImage(image: Image): { digest: typeof pushed.index; config: typeof pushed.index; layers: readonly [] } {
  const { digest } = topOf(image);
  return { digest, config: digest, layers: [] };
}

describe.each(['registry', 'docker-registry'] as const)('a storage that distribution (%s) wrote', (version) => {
  let folder: string;
  let storage: string;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-doctor-'));
    storage = join(folder, 'storage');
    await mkdir(storage);
    [port = 0] = await freePorts(1);
    const server = await startDistribution(version, folder, storage, port, signal);
    try {
      const images = [
        [one, 'v1'],
        [two, 'v2'],
        [index, 'multi'],
        [artifactFor(topOf(one), 'sbom'), undefined],
      ] as const;
      for (const [image, tag] of images)
        expect(await client().push(repository, image, tag, signal)).toEqual({ is: 'acknowledged' });
      const before = listing();
      const served = await coppice(['doctor', '--deep', storage], signal);
      expect(served, served.stdout).toMatchObject({ exitCode: 0 });
      expect(served.stdout).toContain('nothing is wrong: 0 errors, 0 warnings, 0 notes');
      expect(listing()).toEqual(before);
    } finally {
      await server.end('SIGTERM');
    }
    await age(storage, dayMs);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  function client(): RegistryClient {
    return new RegistryClient(`http://127.0.0.1:${port}`, { retryAfterMs: [], pause: async (ms) => pause(ms) });
  }

  function listing(): readonly string[] {
    return readdirSync(storage, { recursive: true, encoding: 'utf8' })
      .toSorted()
      .map((name) => {
        const { mtimeMs, ctimeMs, size } = statSync(join(storage, name));
        return [name, mtimeMs, ctimeMs, size].join(' ');
      });
  }

  it.each(damages)('shows $what, and nothing else', async ({ isDeep, break: damage }) => {
    const copy = await mkdtemp(join(folder, 'copy-'));
    cpSync(storage, copy, { recursive: true, preserveTimestamps: true });
    const expected = damage(new ImageTree(copy), pushed);
    const findings: Finding[] = [];
    await examineDirectory(
      copy,
      { random: randomBytes, fresh: randomUUID, now: Date.now },
      {
        ...{ uploadsMs: 7 * dayMs, counted: () => undefined, hashed: () => undefined },
        ...(isDeep === true ? { hashingThreads: 2 } : {}),
      },
      (finding) => findings.push(finding),
      signal,
    );
    expect(findings.map(({ name, object }) => [name, object]).toSorted()).toEqual(expected.toSorted());
    await rm(copy, { recursive: true });
  });

  it('shows what distribution’s own collector leaves, as nothing that needs a person', async () => {
    const own = await mkdtemp(join(folder, 'collected-'));
    const copy = join(own, 'storage');
    cpSync(storage, copy, { recursive: true, preserveTimestamps: true });
    const server = await startDistribution(version, own, copy, port, signal);
    for (const digest of [pushed.index, pushed.two.digest])
      expect(await client().remove(repository, digest, signal)).toBe('deleted');
    await server.end('SIGTERM');
    const env = { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' };
    await run(toolPath(version), ['garbage-collect', join(own, `${version}.yml`)], { env, signal });
    await age(copy, dayMs);

    const { exitCode, stdout } = await coppice(['doctor', '-o', 'json', copy], signal);
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    const left = version === 'registry' ? [] : [pushed.layerOfTwo, configOfTwo];
    expect(findings.map(({ name, object }) => [name, object]).toSorted()).toEqual(
      left.map((digest) => ['LayerLinkWithoutBlob', `${repository}@${digest}`]).toSorted(),
    );
    expect(exitCode).toBe(0);
  });

  it('is repaired, handed back, and served by distribution as before', async () => {
    const tree = new ImageTree(storage);
    const app = repositoryNamed(repository);
    const doctor = (...args: readonly string[]): ReturnType<typeof coppice> =>
      coppice(['doctor', ...args, storage], signal);
    tree.drop(layout.revisionDirectory(app, topOf(two).digest));
    const first = await startDistribution(version, folder, storage, port, signal);
    expect(await client().push(repository, lost, 'lost', signal)).toEqual({ is: 'acknowledged' });
    expect(await client().pull(repository, 'v2', signal)).toEqual({ is: 'absent' });
    await first.end('SIGTERM');
    tree.drop(layout.blobDirectory(topOf(lost).digest));

    const broken = await doctor();
    expect(broken.exitCode, broken.stdout).toBe(3);
    expect(broken.stdout).toContain('error DanglingTag, 2');
    expect(broken.stdout).toContain('error ManifestLinkWithoutBlob, 1');
    const repaired = await doctor('--repair', '--yes');
    expect(repaired.stderr).toBe('took away 2 tags, 1 link of a manifest and 0 uploads\n');
    expect(repaired.exitCode).toBe(0);
    expect((await doctor()).exitCode).toBe(0);

    const released = await coppice(['release', '--storage', storage, '--yes'], signal);
    expect(released, released.stdout).toMatchObject({ exitCode: 0 });
    expect(readdirSync(storage)).toEqual(['docker']);
    const again = await startDistribution(version, folder, storage, port, signal);
    try {
      expect(await client().pull(repository, 'v1', signal)).toMatchObject({ is: 'whole', digest: topOf(one).digest });
      for (const tag of ['v2', 'lost']) expect(await client().pull(repository, tag, signal)).toEqual({ is: 'absent' });
      expect(await client().push(repository, two, 'v2', signal)).toEqual({ is: 'acknowledged' });
      expect(await client().push(repository, lost, 'lost', signal)).toEqual({ is: 'acknowledged' });
      for (const tag of ['v2', 'lost', 'multi'])
        expect(await client().pull(repository, tag, signal)).toMatchObject({ is: 'whole' });
    } finally {
      await again.end('SIGTERM');
    }
  });
});
