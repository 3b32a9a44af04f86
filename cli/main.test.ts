import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coppice } from './testing/command.ts';

let directory: string;
/** A configuration that says nothing. */
let defaults: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-cli-'));
  defaults = `${directory}.yml`;
  await writeFile(defaults, 'version: 0.1\n');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
  await rm(defaults);
});

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const names = [
  'registry',
  'serve',
  'garbage-collect',
  'operator',
  'get',
  'describe',
  'events',
  'plan',
  'collect',
  'audit',
  'tombstones',
  'undelete',
  'protections',
  'read-only',
  'status',
  'doctor',
  'release',
];

describe('the command', () => {
  it('lists its commands, and shows options and examples of each', async () => {
    const overview = await coppice(['--help']);
    expect(overview.code).toBe(0);
    const page = await readFile(new URL('../docs/operations/commands.md', import.meta.url), 'utf8');
    for (const name of names) {
      expect(overview.out).toContain(`\n  ${name} `);
      expect(page).toMatch(new RegExp(`^\\| .*\`${name}\\b`, 'm'));
    }
    const helps = await Promise.all(names.map((name) => coppice([name, '--help'])));
    for (const [at, help] of helps.entries()) {
      expect(help).toMatchObject({ code: 0, err: '' });
      expect(help.out).toContain(`Usage: coppice ${names[at] ?? ''}`);
      expect(help.out).toContain('Examples:\n  # ');
    }
  });

  it.each([
    [[], 'Usage: coppice COMMAND'],
    [['colect'], 'there is no command "colect"'],
    [['plan', '--forse'], "Unknown option '--forse'"],
    [['plan', 'policy.yaml'], 'resources are given with -f'],
    [['plan', '-o', 'xml'], '-o takes text or json'],
    [['status', '--admin', 'localhost:5443'], '--admin takes a URL'],
    [['status', '--admin', 'http://127.0.0.1:1', '--storage', '/x'], 'give one of --admin, --storage and --config'],
    [['undelete'], 'give REPO:TAG or REPO@DIGEST'],
    [['undelete', 'no-tag'], '"no-tag" is neither REPO:TAG nor REPO@DIGEST'],
    [['read-only', 'maybe'], 'read-only is on or off'],
    [['protections', 'forget'], 'a source is named'],
    [['collect', '--approve', 'yes'], '--approve takes the digest of a plan'],
    [['status', '--token-file', '/nowhere'], 'cannot read the token'],
    [['registry', '/nowhere.yml'], 'cannot read the configuration'],
  ])('ends %j with exit code 2 and says why', async (args, says) => {
    const { code, out, err } = await coppice(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
    expect(err).not.toMatch(/\n\s+at /); // a mistake of a person shows no stack
  });

  it('says that no replica answers, with exit code 1', async () => {
    const { code, err } = await coppice(['status', '--admin', 'http://127.0.0.1:1']);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('no admin API answers at http://127.0.0.1:1') as string,
    });
  });

  it('tells every mistake of the resources by file, document, line and path, and sends nothing', async () => {
    const path = await file(
      'resources.yaml',
      `apiVersion: coppice.dev/v1alpha1
kind: RetentionPolicy
metadata: {name: a}
spec: {registryRef: {name: main}, repositories: {include: ["**"]}, rules: [{name: x, tags: {glob: ["*"]}, keep: {pushedWithin: 90 days}}]}
---
apiVersion: coppice.dev/v1alpha1
kind: Registry
---
apiVersion: v2
---
a: [
`,
    );
    const { code, err } = await coppice(['plan', '-f', path]);
    expect(code).toBe(2);
    expect(err).toContain(`${path}: document 1, line 4: spec.rules[0].keep.pushedWithin`);
    expect(err).toContain(
      `${path}: document 2, line 7: kind: must be RetentionPolicy or DeleteRequest, got "Registry"`,
    );
    expect(err).toContain(`${path}: document 3, line 9: apiVersion: must be coppice.dev/v1alpha1, got "v2"`);
    expect(err).toContain(`${path}: document 4, line`);
  });

  it('begins nothing in a directory where no registry ever stored anything', async () => {
    const { code, err } = await coppice(['status', '--storage', directory]);
    expect(code).toBe(2);
    expect(err).toContain(`${directory}: no registry has stored anything here`);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a replica that cannot start', () => {
  let taken: Server;
  let port: number;

  beforeEach(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    port = (taken.address() as AddressInfo).port;
  });
  afterEach(async () => {
    taken.close();
    await once(taken, 'close');
  });

  const free = { admin: '127.0.0.1:0', metrics: '127.0.0.1:0', http: '127.0.0.1:0' };
  function environment(at: Partial<typeof free>, root = directory): Record<string, string> {
    const { admin, metrics, http } = { ...free, ...at };
    return {
      REGISTRY_CONFIGURATION_PATH: defaults, // whatever this machine has where distribution looks
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: root,
      REGISTRY_HTTP_ADDR: http,
      REGISTRY_COPPICE_ADMIN_ADDR: admin,
      REGISTRY_COPPICE_METRICS_ADDR: metrics,
    };
  }

  it('names every mistake of its configuration at once', async () => {
    const config = await file('config.yml', 'version: 0.1\nhttp: {addr: x, h3: {}}\nnosuch: 1\n');
    const { code, err } = await coppice(['registry', config], { ...environment({}), REGISTRY_LOG_LEVEL: 'loud' });
    expect(code).toBe(2);
    for (const key of ['http.h3:', 'nosuch:', 'log.level (REGISTRY_LOG_LEVEL):']) expect(err).toContain(key);
  });

  it.each([
    ['http.addr', 'http'],
    ['coppice.admin.addr', 'admin'],
    ['coppice.metrics.addr', 'metrics'],
  ] as const)('names %s and the port that is taken, and has registered nothing', async (key, which) => {
    const { code, err, out } = await coppice(['registry'], environment({ [which]: `127.0.0.1:${port}` }));
    expect(code).toBe(2);
    expect(err).toContain(`${key}: cannot listen at 127.0.0.1:${port}: the port is taken`);
    expect(out).not.toContain('serves');
    expect(await readdir(join(directory, 'coppice/v1'))).not.toContain('member');
    expect(await readdir(join(directory, 'coppice/v1'))).not.toContain('storage.json');
  });

  it.each([
    ['is not there', (at: string) => join(at, 'absent'), 'is not there'],
    ['is a file', (at: string) => join(at, 'file'), 'is no directory'],
    ['cannot be written', () => '/proc', 'cannot be used'],
  ])('names a storage that %s', async (_, rootOf, says) => {
    await file('file', '');
    const root = rootOf(directory);
    const { code, err } = await coppice(['registry'], environment({}, root));
    expect(code).toBe(2);
    expect(err).toContain(`storage.filesystem.rootdirectory: ${root} `);
    expect(err).toContain(says);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('says which durations differ from those that the replicas of this storage have', async () => {
    const { ServedStorage } = await import('./testing/servedStorage.ts');
    const served = await ServedStorage.start();
    try {
      const { code, err } = await coppice(['registry'], environment({}, served.directory));
      expect(code).toBe(2);
      expect(err).toContain('permitTTL is 10000 ms here and 1000 ms on the storage');
    } finally {
      await served.remove();
    }
  });
});
