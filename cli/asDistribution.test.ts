import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shippedByVersion2 } from '../registry/config/testing/reading.ts';
import { Call } from './command.ts';
import { garbageCollect } from './commands/garbageCollect.ts';
import { unnamedConfigFile } from './configFile.ts';
import { respelled } from './spelling.ts';
import { Command, coppice } from './testing/command.ts';
import { ServedStorage } from './testing/servedStorage.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-as-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** Quick durations, and ports of its own choice for what is beside the API. */
const beside = {
  REGISTRY_COPPICE_PERMITTTL: '1s',
  REGISTRY_COPPICE_ADMIN_ADDR: '127.0.0.1:0',
  REGISTRY_COPPICE_METRICS_ADDR: '127.0.0.1:0',
};

describe('the words of distribution', () => {
  it.each([
    [['/etc/docker/registry/config.yml'], ['serve', '/etc/docker/registry/config.yml']],
    [['config.yaml'], ['serve', 'config.yaml']],
    [
      ['registry', 'serve', 'a.yml'],
      ['serve', 'a.yml'],
    ],
    [
      ['registry', 'a.yml'],
      ['registry', 'a.yml'],
    ],
    [['registry'], ['registry']],
    [
      ['registry', 'garbage-collect', '--dry-run=true', '-m=false', 'a.yml'],
      ['garbage-collect', '--dry-run', 'a.yml'],
    ],
    [
      ['garbage-collect', '--delete-untagged=false', '-q=true', 'a.yml'],
      ['garbage-collect', '-q', 'a.yml'],
    ],
    [
      ['plan', '-f', 'a.yml'],
      ['plan', '-f', 'a.yml'],
    ],
    [[], []],
  ])('%j means %j', (said, meant) => {
    expect(respelled(said)).toEqual(meant);
  });

  it('find the configuration where the images have theirs, the first that is there', async () => {
    const [third, second] = [join(directory, 'v3/config.yml'), await file('v2.yml', '')];
    expect(await unnamedConfigFile({}, [third, join(second, 'below')])).toBeUndefined();
    expect(await unnamedConfigFile({}, [third, second])).toBe(second);
    await mkdir(join(directory, 'v3'));
    await writeFile(third, '');
    expect(await unnamedConfigFile({}, [third, second])).toBe(third);
    const gone = join(directory, 'gone.yml');
    await symlink(join(directory, 'no-mount/config.yml'), gone);
    expect(await unnamedConfigFile({}, [gone, second])).toBe(gone); // not what another says, or nobody
    expect(await unnamedConfigFile({ REGISTRY_CONFIGURATION_PATH: '/x.yml' }, [third, second])).toBe('/x.yml');
    await expect(unnamedConfigFile({}, [join(directory, 'x'.repeat(300))])).rejects.toThrow('cannot tell');
  });

  it.each([
    ['the file alone', (config: string) => [config]],
    ['a variable', () => ['serve']],
  ])('start a replica: %s', async (_, args) => {
    const storage = join(directory, 'data');
    await mkdir(storage);
    const socket = join(directory, 'r.sock');
    const config = await file(
      'config.yml',
      shippedByVersion2
        .replace('/var/lib/registry', storage)
        .replace('addr: :5000', `net: unix\n  addr: ${socket}\n  prefix: /a/`),
    );
    const replica = new Command(args(config), { ...beside, REGISTRY_CONFIGURATION_PATH: config });
    await replica.line(/the replica serves/);
    expect([await statusOf(socket, '/a/v2/'), await statusOf(socket, '/v2/')]).toEqual([200, 404]);
    replica.signal('SIGTERM');
    expect(await replica.ended()).toMatchObject({ code: 0 });
    expect(await readdir(directory)).toEqual(['config.yml', 'data']);
  });
});

async function statusOf(socketPath: string, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const asked = request({ socketPath, path }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  asked.once('error', reject);
  asked.end();
  return promise;
}

describe('garbage-collect', () => {
  it('shows with --dry-run, removes without, and keeps what is served meanwhile', async () => {
    const served = await ServedStorage.start();
    try {
      const untagged = await served.push('team/app', 'v1');
      await served.push('team/app', 'v2');
      const accept = 'application/vnd.oci.image.manifest.v1+json';
      const second = await (await fetch(`${served.api}/v2/team/app/manifests/v2`, { headers: { accept } })).text();
      const headers = { 'content-type': accept };
      const moved = { method: 'PUT', headers, body: second };
      expect((await fetch(`${served.api}/v2/team/app/manifests/v1`, moved)).status).toBe(201);
      await served.age();

      const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: served.directory };
      const config = join(served.directory, 'config.yml');
      const collect = (...args: readonly string[]) => coppice(['garbage-collect', ...args, config], environment);
      const shown = await collect('-d', '-m');
      expect(shown).toMatchObject({ code: 0, err: '' });
      expect(shown.out).toMatch(/^FATE/);
      expect(shown.out).toContain('1 manifests');
      const quiet = await collect('-d', '-m', '--quiet');
      expect(quiet.out).toMatch(/^plan sha256:[0-9a-f]{64}: 4 items to go, 0 spared\n/);
      expect((await collect('-q')).out).toContain('removed nothing');
      expect(await served.statusOf(`/v2/team/app/manifests/${untagged}`)).toBe(200);
      const done = await collect('-m', '-o', 'json');
      expect(JSON.parse(done.out)).toMatchObject({ run: { mode: 'execute', ended: { succeeded: true } } });
      expect(await served.statusOf(`/v2/team/app/manifests/${untagged}`)).toBe(404);
      for (const tag of ['v1', 'v2']) expect(await served.statusOf(`/v2/team/app/manifests/${tag}`)).toBe(200);
    } finally {
      await served.remove();
    }
  });

  it('refuses where nobody says which storage, and takes the one that a variable names', async () => {
    const { signal } = new AbortController();
    const said = { out: new PassThrough(), err: new PassThrough(), isWatched: false };
    const clocks = {
      now: Date.now,
      mono: () => performance.now(),
      instance: 'i',
      fresh: randomUUID,
      random: randomBytes,
    };
    const collect = async (environment: Record<string, string>): Promise<unknown> => {
      const world = {
        ...clocks,
        terminal: said,
        environment,
        version: '0',
        signal,
        usualConfigFiles: [join(directory, 'config.yml')],
      };
      return garbageCollect.run(new Call(garbageCollect, ['--dry-run'], world));
    };
    for (const environment of [{}, { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '' }, { REGISTRY_LOG_LEVEL: 'info' }]) {
      await expect(collect(environment)).rejects.toMatchObject({
        ending: 'usage',
        message: expect.stringMatching(/^which storage\? Give CONFIG\.yml .* or set REGISTRY_[A-Z_]+$/) as string,
      });
    }
    const named = collect({ REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: directory });
    await expect(named).rejects.toThrow(`${directory}: no registry has stored anything here`);
    await file('config.yml', `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}}}`);
    await expect(collect({})).rejects.toThrow(`${directory}: no registry has stored anything here`);
  });

  it('begins nothing where no registry ever stored anything', async () => {
    const config = await file('c.yml', `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}}}`);
    const { code, err } = await coppice(['registry', 'garbage-collect', '--dry-run=true', config]);
    expect([code, err]).toEqual([2, expect.stringContaining('no registry has stored anything here')]);
    expect(await coppice(['garbage-collect', config, config])).toMatchObject({ code: 2 });
  });
});

describe('registry --check', () => {
  const config = (root: string): string => `
version: 0.1
storage: {filesystem: {rootdirectory: ${root}}, delete: {enabled: true}, cache: {blobdescriptor: redis}}
redis: {addr: "localhost:6379", password: hunter2}
http: {addr: "127.0.0.1:5050", secret: hunter2, headers: {X-Token: [hunter2]}}
notifications:
  endpoints: [{name: audit, url: "https://receiver.example.com/hunter2", headers: {Authorization: [Bearer hunter2]}}]
coppice: {admin: {keys: [{name: ci, sha256: ${'ab'.repeat(32)}, verbs: [read]}]}}
`;

  it('says what a configuration comes to, what does nothing, and no secret, and leaves the storage alone', async () => {
    const storage = join(directory, 'data');
    const path = await file('config.yml', config(storage));
    const absent = await coppice(['registry', '--check', path]);
    expect(absent).toMatchObject({ code: 0, err: '' });
    expect(absent.out).toContain('is not there, and a replica would not start');
    await mkdir(storage);
    const [text, json] = [
      await coppice(['serve', '--check', path]),
      await coppice(['registry', '--check', '-o', 'json', path]),
    ];
    expect(text).toMatchObject({ code: 0, err: '' });
    for (const says of [
      `configuration: ${path}`,
      'registry API   127.0.0.1:5050/v2/, HTTP, without TLS',
      'deletions      clients may delete',
      'may use it: ci (read)',
      'audit at receiver.example.com',
      `storage        ${storage}: is there, and this user may write`,
      'redis ',
    ]) {
      expect(text.out).toContain(says);
    }
    expect(text.out + json.out).not.toMatch(/hunter2|abab/);
    const found = JSON.parse(json.out) as { idle: { key: string }[] };
    expect(found).toMatchObject({ configuration: path, mistakes: [] });
    expect(found.idle.map(({ key }) => key)).toEqual(['storage.cache.blobdescriptor', 'http.secret', 'redis']);
    expect(await readdir(storage)).toEqual([]);
  });

  it('says whether the files that are named can be used, and shows nothing of them', async () => {
    const htpasswd = await file('htpasswd', `ali:$2y$05$${'a'.repeat(53)}\nbob:{SHA}hunter2\n`);
    const named = `
version: 0.1
storage: {filesystem: {rootdirectory: ${directory}}}
http: {tls: {certificate: ${htpasswd}, key: ${join(directory, 'absent.pem')}}}
auth: {htpasswd: {realm: r, path: ${htpasswd}}}
`;
    const { code, out } = await coppice(['registry', '--check', await file('config.yml', named)]);
    expect(code).toBe(0);
    expect(out).toMatch(/^http\.tls +http\.tls\.key: cannot read .*absent\.pem: ENOENT.*: a replica would not start$/m);
    expect(out).toMatch(/^auth\.htpasswd +1 user; lines .* are not of bcrypt/m);
    expect(out).not.toMatch(/hunter2|aaaa/);
  });

  it('tells every mistake, with exit code 2', async () => {
    const path = await file('config.yml', 'version: 0.1\nproxy: {remoteurl: x}\nhttp: {addr: x}\n');
    const text = await coppice(['registry', '--check', path], { REGISTRY_LOG_LEVEL: 'loud' });
    expect(text).toMatchObject({ code: 2, err: '' });
    for (const key of ['proxy ', 'http.addr ', 'log.level (REGISTRY_LOG_LEVEL) '])
      expect(text.out).toContain(`\n${key}`);
    const json = await coppice(['registry', '--check', '-o', 'json', path]);
    expect([json.code, JSON.parse(json.out)]).toMatchObject([
      2,
      { mistakes: [{ key: 'proxy' }, { key: 'http.addr' }] },
    ]);
    expect(await coppice(['registry', '--check', join(directory, 'absent.yml')])).toMatchObject({ code: 2, out: '' });
  });
});
