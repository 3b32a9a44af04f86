import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginContainerd, beginDocker } from './daemons.ts';
import { type Client, logIn, type Run, runner } from './session.ts';

/** podman, and buildah, which shares its code and its words. */
export function containersTool(name: 'podman' | 'buildah'): Client {
  return {
    name,
    tools: [name],
    pushes: 'its own',
    begin: async (door, home) => {
      const tool = runner(name, door, home);
      const stores = ['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
      const run: Run = async (...args) => tool(...stores, ...args);
      const verify = `--tls-verify=${door.ca !== undefined}`;
      await writeFile(join(home, 'auth.json'), '{}'); // what is named must be there
      await logIn(run, door, 'login');
      let pulled = '';
      return {
        pull: async (from) => {
          pulled = `${door.host}/${from}`;
          await run('pull', verify, pulled);
        },
        push: async (to) => run('push', verify, pulled, `docker://${door.host}/${to}`),
        ...(name === 'podman' && {
          list: async (repository) => run('search', '--list-tags', verify, `${door.host}/${repository}`),
        }),
      };
    },
  };
}

export const docker: Client = {
  name: 'docker',
  tools: ['docker', 'dockerd'],
  pushes: 'its own',
  begin: async (door, home, signal) => {
    const daemon = await beginDocker(door, home, signal);
    const run: Run = async (...args) => runner('docker', door, home)('--host', daemon.address, ...args);
    await logIn(run, door, 'login');
    let pulled = '';
    return {
      pull: async (from) => {
        pulled = `${door.host}/${from}`;
        await run('pull', pulled);
      },
      push: async (to) => {
        await run('tag', pulled, `${door.host}/${to}`);
        await run('push', `${door.host}/${to}`);
      },
      end: () => daemon.end(),
    };
  },
};

/** What Kubernetes pulls with. */
export const containerd: Client = {
  name: 'containerd',
  tools: ['containerd', 'ctr'],
  pushes: 'the same',
  begin: async (door, home, signal) => {
    const { host, ca, user } = door;
    const daemon = await beginContainerd(door, home, signal);
    const run: Run = async (...args) => runner('ctr', door, home)('--address', daemon.address, 'images', ...args);
    const access = [
      ...(ca === undefined ? ['--plain-http'] : []),
      ...(user === undefined ? [] : ['--user', `${user.name}:${user.password}`]),
    ];
    let pulled = '';
    return {
      pull: async (from) => {
        pulled = `${host}/${from}`;
        await run('pull', ...access, '--all-platforms', '--snapshotter', 'native', pulled);
      },
      push: async (to) => {
        await run('tag', '--force', pulled, `${host}/${to}`);
        await run('push', ...access, `${host}/${to}`);
      },
      end: () => daemon.end(),
    };
  },
};
