import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { coppice } from '../../cli/testing/command.ts';
import { Authority } from '../cluster/authority.ts';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer } from '../load/images.ts';
import { launcher } from '../load/replica.ts';
import type { ServerProcess } from '../load/serverProcess.ts';
import { age } from '../load/tree.ts';
import { OwnedRegistry, portsOfNobody, type Variables } from './ownedRegistry.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const authority = new Authority('wrong turns');
const versions = ['registry', 'docker-registry'] as const;
const hourMs = 3_600_000;
const somebody = 65_532;
const isRoot = process.getuid?.() === 0;

describe('whoever switches, and takes a wrong turn,', () => {
  let folder: string;
  let owned: OwnedRegistry;
  let serving: ServerProcess | undefined;

  beforeAll(() => {
    setDefaultCACertificates([...getCACertificates(), authority.certificate]);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coppice-turns-'));
    owned = await OwnedRegistry.found(folder, authority);
  });
  afterEach(async () => {
    await serving?.end('SIGTERM');
    serving = undefined;
    await rm(folder, { recursive: true });
  });

  async function exchange(program: 'coppice' | (typeof versions)[number], variables?: Variables): Promise<void> {
    await serving?.end('SIGTERM');
    serving = await owned.serve(program, signal, variables);
  }

  async function push(seed: string): Promise<void> {
    const settings = { retryAfterMs: [200], pause: async (ms: number) => pause(ms), headers: owned.headers };
    const registry = new RegistryClient(owned.base, settings);
    expect(await registry.push('team/app', imageOf(seed, [layer(seed, 500)]), seed, signal)).toEqual({
      is: 'acknowledged',
    });
  }

  const say = async (args: readonly string[], variables: Variables = portsOfNobody): ReturnType<typeof coppice> =>
    coppice([...args, owned.config], variables);

  it.each(versions)(
    'without stopping the other (%s), starts no replica, and a collection only shows',
    async (version) => {
      await exchange(version);
      await push('one');
      const refused = await say(['serve']);
      expect(refused.err).toMatch(/cannot listen at .*: the port is taken/);
      expect(refused.code).toBe(2);
      expect(await say(['garbage-collect'])).toMatchObject({ code: 3 });
      await push('two');
    },
  );

  it('and lets the other write again, is told by the doctor', async () => {
    await exchange('coppice');
    await push('one');
    await exchange('registry');
    await push('two');
    await age(owned.storage, -hourMs); // an hour later
    const { code, out } = await say(['doctor']);
    expect(out).toContain('warning ForeignWrites');
    expect(code).toBe(3);
  });

  it('and would hand back what a replica still serves, is refused', async () => {
    await exchange('coppice');
    await push('one');
    const { code, out } = await say(['release', '--yes', '--config']);
    expect(out).toMatch(/not handed back:\n +life .* stands/);
    expect(code).toBe(1);
    await push('two');
  });

  it.each(versions)(
    'and leaves our keys in the file and in the environment, has a %s that passes over them',
    async (version) => {
      await owned.configure({ coppice: { confirmAfter: '1s' } });
      await exchange(version, { REGISTRY_COPPICE_CONFIRMAFTER: '1s' });
      await push('one');
      const log = await readFile(join(folder, `${version}.log`), 'utf8');
      expect(log).toContain('Ignoring unrecognized environment variable REGISTRY_COPPICE_CONFIRMAFTER');
    },
  );

  it('and has no variables where the service has some, collects and looks at nothing else', async () => {
    const other = join(folder, 'other');
    await mkdir(other);
    const variables = { ...portsOfNobody, REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: owned.storage };
    await owned.configure({ storage: { filesystem: { rootdirectory: other } } });
    await exchange('registry', variables);
    await push('one');
    for (const command of ['doctor', 'garbage-collect']) {
      const { code, err } = await say([command]);
      expect([code, err]).toEqual([2, expect.stringContaining(`${other}: no registry has stored anything here`)]);
    }
    expect(await readdir(other)).toEqual([]);
    expect(await say(['doctor'], variables)).toMatchObject({ code: 0 });
  });

  describe.skipIf(!isRoot)(`of whom files are${isRoot ? '' : ': only root can give them away'}`, () => {
    it('hears from the check that the owner of the storage may not read the key', async () => {
      await chmod(folder, 0o755); // as /etc is
      await chown(owned.storage, somebody, somebody);
      const says = `http.tls.key: cannot read ${owned.key}: EACCES`;
      const check = await say(['registry', '--check']);
      expect(check.out).toContain(says);
      expect(check.out).toContain(': a replica would not start');
      const refused = await say(['serve']);
      expect(refused.err).toContain(says);
      expect(refused.code).toBe(2);
      await chown(owned.key, somebody, somebody);
      expect((await say(['registry', '--check'])).out).toContain('the certificate and its key can be served');
      await exchange('coppice');
      await push('one');
      const { uid } = await stat(join(owned.storage, 'docker'));
      expect(uid).toBe(somebody);
    });

    it('hears that a storage of root is not for others', async () => {
      await chmod(folder, 0o755);
      await chown(owned.key, somebody, somebody);
      const asSomebody = [`--reuid=${somebody}`, `--regid=${somebody}`, '--clear-groups', process.execPath, launcher];
      const env = { PATH: process.env['PATH'], ...portsOfNobody };
      const check = await run('setpriv', [...asSomebody, 'registry', '--check', owned.config], { env, signal });
      expect(check.stdout).toContain(`${owned.storage}: this user may not write there`);
      await expect(run('setpriv', [...asSomebody, 'serve', owned.config], { env, signal })).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/storage\.filesystem\.rootdirectory: .* cannot be used: .*EACCES/) as string,
      });
      expect(await readdir(owned.storage)).toEqual([]);
    });
  });
});
