import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { ReceivingServer } from '../../registry/notifications/testing/receivingServer.ts';
import { Authority } from '../cluster/authority.ts';
import { RegistryClient } from '../load/client.ts';
import { topOf } from '../load/images.ts';
import type { ServerProcess } from '../load/serverProcess.ts';
import { age, blobsOnDisk, linksOnDisk, liveBlobs } from '../load/tree.ts';
import { toolPath } from '../tools/cache.ts';
import { Everybody } from './everybody.ts';
import { fill, type OwnedContent, repository } from './ownedContent.ts';
import { OwnedRegistry, portsOfNobody } from './ownedRegistry.ts';
import { PageWalk } from './pageWalk.ts';
import { type Survey, surveyOf } from './survey.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const authority = new Authority('switching');
const switching = new URL('../../docs/operations/switching.md', import.meta.url);
const weekMs = 7 * 24 * 3_600_000;
/** Nobody waits for an hour between two marks. */
const variables = { ...portsOfNobody, REGISTRY_COPPICE_CONFIRMAFTER: '1ms' };

interface Pushed {
  readonly repository: string;
  readonly tag: string;
}

describe.each(['registry', 'docker-registry'] as const)(
  'from distribution (%s) and back, as the page says',
  (version) => {
    let folder: string;
    let owned: OwnedRegistry;
    let receiver: ReceivingServer;
    let registry: RegistryClient;
    let content: OwnedContent;
    let serving: ServerProcess | undefined;
    /** Logged in while distribution served. */
    let everybody: Everybody | undefined;
    let page: PageWalk;
    /** What distribution itself answered. */
    let answered: Survey;

    beforeAll(async () => {
      setDefaultCACertificates([...getCACertificates(), authority.certificate]);
      folder = await mkdtemp(join(tmpdir(), 'coppice-switching-'));
      receiver = await ReceivingServer.start();
      const endpoint = { name: 'audit', url: receiver.url.href, timeout: '5s', threshold: 5, backoff: '1s' };
      owned = await OwnedRegistry.found(folder, authority, { notifications: { endpoints: [endpoint] } });
      page = await PageWalk.begin(switching, owned.config, variables);
      const settings = { retryAfterMs: [200, 200], pause: async (ms: number) => pause(ms), headers: owned.headers };
      registry = new RegistryClient(owned.base, settings);
      serving = await owned.serve(version, signal);
      content = await fill(owned, registry, signal);
      everybody = await Everybody.logIn(owned, signal);
    });

    afterAll(async () => {
      await everybody?.end();
      await serving?.end('SIGTERM');
      await receiver.close();
      await rm(folder, { recursive: true });
    });

    async function survey(): Promise<Survey> {
      return surveyOf(owned.base, await linksOnDisk(owned.storage), signal, owned.headers);
    }

    /** And whoever listens is told. */
    async function everybodyPushes(source: string, tag: string): Promise<void> {
      receiver.received.length = 0;
      const pushed = [...((await everybody?.push(source, tag)) ?? ['nobody is there'])];
      await expect.poll(pushesTold, { timeout: 10_000 }).toEqual(expect.arrayContaining(pushed));
    }

    function pushesTold(): readonly string[] {
      const pushes = receiver.events.filter(({ action }) => action === 'push');
      return pushes.map(({ target }) => `${(target as Pushed).repository}:${(target as Pushed).tag}`);
    }

    async function exchange(program: 'coppice' | typeof version | undefined): Promise<void> {
      await serving?.end('SIGTERM');
      serving = program === undefined ? undefined : await owned.serve(program, signal, variables);
    }

    const stored = async (): Promise<Set<Digest>> => new Set((await blobsOnDisk(owned.storage)).keys());

    it('at first: distribution serves what people push', async () => {
      await everybody?.attach('2.0.0');
      await everybodyPushes('1.0.0', '1.0.0');
      answered = await survey();
      await age(owned.storage, weekMs);
    });

    it('before: looks while the other serves, and changes nothing', async () => {
      const check = await page.follow('registry', '--check');
      for (const says of [`TLS (TLSv1.2 or newer) by ${folder}`, `the names in ${folder}`, 'clients may delete'])
        expect(check).toContain(says);
      expect(check).toMatch(/DOES NOTHING[^]*http\.secret/);
      const doctor = await page.follow('doctor');
      expect(doctor).toContain('never served this storage');
      expect(doctor).toContain('0 errors, 0 warnings');
      expect(await readdir(owned.storage)).toEqual(['docker']);
    });

    it('the switch: the same file, people and certificate, and every byte', async () => {
      expect(page.next('serve').args).toEqual(['serve', owned.config]);
      await exchange('coppice');
      expect(await survey()).toEqual(answered);
      expect(await registry.referrers(repository, topOf(content.first).digest, signal)).toEqual([
        topOf(content.signature).digest,
      ]);
      const stranger = await fetch(`${owned.base}/v2/`, { signal });
      expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="basic-realm"']);
      await everybodyPushes('2.0.0', '2.0.0');
      for (const { name, session } of everybody?.users ?? []) {
        if (session.remove !== undefined) await session.remove(`${name}/app:1.0.0`);
        if (session.list !== undefined) expect(await session.list(`${name}/app`)).not.toContain('1.0.0');
        expect(await registry.pull(`${name}/app`, '2.0.0', signal)).toMatchObject({ is: 'whole' });
      }
    });

    it('the first collection: shown, then carried out, and nothing else is gone', async () => {
      const [before, seen] = [await stored(), await survey()];
      const uploads = join(owned.storage, 'docker/registry/v2/repositories', repository, '_uploads');
      expect(await readdir(uploads)).toHaveLength(1);
      const long = new Date(Date.now() - 3 * weekMs);
      for (const name of await readdir(uploads, { recursive: true })) await utimes(join(uploads, name), long, long);
      const garbage = new Set([...content.deleted.blobs, topOf(content.deleted)].map(({ digest }) => digest));
      expect(garbage.isSubsetOf(before)).toBe(true);
      await age(owned.storage, weekMs); // what was pulled is promised for an hour
      const first = await page.follow('garbage-collect');
      for (const digest of garbage) expect(first).toMatch(new RegExp(`^spared +data +${digest} +unconfirmed$`, 'm'));
      expect(await page.follow('garbage-collect', '--dry-run')).toMatch(/^planned +data +3 blobs/m);
      expect(await stored()).toEqual(before);
      await page.follow('garbage-collect');
      expect(before.difference(await stored())).toEqual(garbage);
      expect(await readdir(uploads)).toEqual([]);
      const after = await survey();
      expect(after).toEqual(new Map([...seen].filter(([question]) => after.has(question))));
      expect(await page.follow('status')).toMatch(/serving/);
    });

    it('beyond: --delete-untagged is for good, what clients deleted comes back', async () => {
      const { digest } = topOf(content.untagged);
      await age(owned.storage, weekMs);
      const collect = ['garbage-collect', '--delete-untagged', owned.config];
      for (let mark = 0; mark < 2; mark += 1) await page.type({ args: collect, code: 0 });
      expect(await registry.pull(repository, digest, signal)).toEqual({ is: 'absent' });
      const undelete = ['undelete', '--config', owned.config];
      await page.type({ args: [...undelete, `${repository}@${digest}`], code: 1 });
      await page.type({ args: [...undelete, 'crane/app:1.0.0'], code: 0 });
      const back = { is: 'whole', digest: topOf(content.first).digest };
      expect(await registry.pull('crane/app', '1.0.0', signal)).toMatchObject(back);
    });

    it('back: by stopping and starting alone, then with nothing of ours left', async () => {
      const seen = await survey();
      await exchange(version);
      expect(await survey()).toEqual(seen);
      await everybodyPushes('1.0.0', '3.0.0');
      await exchange(undefined);
      await page.type({ args: ['garbage-collect', owned.config], code: 0 }); // no preview any more
      await page.follow('release');
      await page.follow('release', '--config', owned.config, '--yes');
      expect(page.left).toBe(0);
      expect(await readdir(owned.storage)).toEqual(['docker']);

      const env = { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' };
      const { stdout } = await run(toolPath(version), ['garbage-collect', '--dry-run', owned.config], { env, signal });
      const eligible = [...stdout.matchAll(/^blob eligible for deletion: (\S+)$/gm)].map(([, digest]) => digest);
      const live = await liveBlobs(owned.storage, 'Keep');
      expect(eligible.toSorted()).toEqual([...(await stored()).difference(live)].toSorted());
      await exchange(version);
      await everybodyPushes('2.0.0', '4.0.0');
    });
  },
);
