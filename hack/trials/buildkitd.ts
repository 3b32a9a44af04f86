import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from '../load/serverProcess.ts';
import type { Daemon } from '../peers/daemons.ts';
import { printed, surroundings } from '../peers/tools.ts';
import { toolPath } from '../tools/cache.ts';
import type { Stage } from './trial.ts';

/** BuildKit's daemon, as root, with all that it keeps below the home: it mounts nothing elsewhere, and makes no network. */
export async function beginBuildkit({ door, home, signal }: Stage): Promise<Daemon> {
  const { host, ca } = door;
  const address = `unix://${join(home, 'buildkitd.sock')}`;
  const config = join(home, 'buildkitd.toml');
  const temporary = join(home, 'tmp');
  await mkdir(temporary);
  await writeFile(
    config,
    `root = "${join(home, 'root')}"
[grpc]
address = ["${address}"]
[otel]
socketPath = "${join(home, 'otel.sock')}"
[cdi]
disabled = true
[worker.containerd]
enabled = false
[worker.oci]
enabled = true
snapshotter = "native"
networkMode = "host"
[registry."${host}"]
http = ${ca === undefined} # localhost it would take for plain HTTP
ca = [${ca === undefined ? '' : `"${ca}"`}]
`,
  );
  const server = new ServerProcess({
    name: 'buildkitd',
    command: toolPath('buildkitd'),
    args: ['--config', config],
    env: { ...surroundings(home, ca), TMPDIR: temporary },
    log: join(home, 'buildkitd.log'),
    ready: async (stop) => {
      const workers = await printed('buildctl', ['--addr', address, 'debug', 'workers'], { home, signal: stop });
      return workers.stdout.includes('linux/');
    },
  });
  await server.start(signal);
  return { address, end: async () => server.end('SIGTERM') };
}
