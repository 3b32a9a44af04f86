import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerd, containersTool, docker } from './engines.ts';
import { type Client, logIn, runner } from './session.ts';

const skopeo: Client = {
  name: 'skopeo',
  tools: ['skopeo'],
  pushes: 'the same',
  begin: async (door, home) => {
    const run = runner('skopeo', door, home);
    const verify = `tls-verify=${door.ca !== undefined}`;
    await logIn(run, door, 'login');
    const at = (reference: string): string => `docker://${door.host}/${reference}`;
    return {
      pull: async (from) => run('copy', '--all', `--src-${verify}`, at(from), `dir:${join(home, 'image')}`),
      push: async (to) => run('copy', '--all', `--dest-${verify}`, `dir:${join(home, 'image')}`, at(to)),
      list: async (repository) => run('list-tags', `--${verify}`, at(repository)),
      remove: async (reference) => run('delete', `--${verify}`, at(reference)),
    };
  },
};

export const crane: Client = {
  name: 'crane',
  tools: ['crane'],
  pushes: 'the same',
  begin: async (door, home) => {
    const run = runner('crane', door, home);
    await logIn(run, door, 'auth', 'login');
    const image = join(home, 'image');
    return {
      pull: async (from) => {
        await rm(image, { recursive: true, force: true }); // it would add to what is there
        await run('pull', '--format=oci', `${door.host}/${from}`, image);
      },
      push: async (to) => run('push', image, `${door.host}/${to}`),
      list: async (repository) => run('ls', `${door.host}/${repository}`),
      remove: async (reference) => run('delete', `${door.host}/${reference}`),
    };
  },
};

const oras: Client = {
  name: 'oras',
  tools: ['oras'],
  pushes: 'the same with referrers',
  begin: async (door, home) => {
    const run = runner('oras', door, home);
    const plain = `plain-http=${door.ca === undefined}`;
    await logIn(run, door, 'login', `--${plain}`);
    const image = `${join(home, 'image')}:v1`;
    return {
      pull: async (from) => run('cp', '-r', `--from-${plain}`, '--to-oci-layout', `${door.host}/${from}`, image),
      push: async (to) => run('cp', '-r', `--to-${plain}`, '--from-oci-layout', image, `${door.host}/${to}`),
      list: async (repository) => run('repo', 'tags', `--${plain}`, `${door.host}/${repository}`),
      remove: async (reference) => run('manifest', 'delete', '--force', `--${plain}`, `${door.host}/${reference}`),
    };
  },
};

const regctl: Client = {
  name: 'regctl',
  tools: ['regctl'],
  pushes: 'the same with referrers',
  begin: async (door, home) => {
    const run = runner('regctl', door, home);
    await run('registry', 'set', door.host, '--skip-check', '--tls', door.ca === undefined ? 'disabled' : 'enabled');
    await logIn(run, door, 'registry', 'login');
    const image = `ocidir://${join(home, 'image')}:v1`;
    const copy = ['image', 'copy', '--referrers', '--digest-tags'];
    return {
      pull: async (from) => run(...copy, `${door.host}/${from}`, image),
      push: async (to) => run(...copy, image, `${door.host}/${to}`),
      list: async (repository) => run('tag', 'ls', `${door.host}/${repository}`),
      remove: async (reference) => run('tag', 'delete', `${door.host}/${reference}`),
    };
  },
};

function helm(tool: 'helm3' | 'helm4'): Client {
  return {
    name: tool,
    tools: [tool],
    pushes: 'a chart',
    begin: async (given, home) => {
      // Version 3 speaks plain HTTP, whatever it is told, to a host that is called localhost or 127.0.0.1. This leads to the same machine.
      const isDeaf = tool === 'helm3' && given.ca !== undefined;
      const door = isDeaf ? { ...given, host: given.host.replace('localhost', '0.0.0.0') } : given;
      const run = runner(tool, door, home);
      const plain = door.ca === undefined ? ['--plain-http'] : [];
      await logIn(run, door, 'registry', 'login');
      const chart = join(home, 'app');
      await mkdir(chart);
      return {
        pull: async (from) => {
          const [repository = '', version = ''] = from.split(':');
          await run('pull', `oci://${door.host}/${repository}`, '--version', version, ...plain);
        },
        push: async (to) => {
          const [, folder = '', name = '', version = ''] = /^(.*)\/([^/:]+):(.*)$/.exec(to) ?? [];
          await writeFile(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
          await run('package', chart);
          await run('push', `${name}-${version}.tgz`, `oci://${door.host}/${folder}`, ...plain);
        },
      };
    },
  };
}

export const clients: readonly Client[] = [
  skopeo,
  crane,
  oras,
  regctl,
  helm('helm3'),
  helm('helm4'),
  containersTool('podman'),
  containersTool('buildah'),
  docker,
  containerd,
];
