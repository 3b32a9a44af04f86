import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ServerProcess } from '../load/serverProcess.ts';
import { toolPath } from '../tools/cache.ts';

/** The other registry with this layout: distribution, as version 3 (`registry`) or 2.8 (`docker-registry`). */
export type DistributionVersion = 'registry' | 'docker-registry';

/** Serves `storage` at 127.0.0.1:`port`; configuration and log lie in `folder`. `sections` stand in its configuration beside what it needs. */
export async function startDistribution(
  version: DistributionVersion,
  folder: string,
  storage: string,
  port: number,
  signal: AbortSignal,
  sections: Readonly<Record<string, object>> = {},
): Promise<ServerProcess> {
  const config = join(folder, `${version}.yml`);
  const content = {
    ...sections,
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  };
  await writeFile(config, stringify(content));
  const server = new ServerProcess({
    name: version,
    command: toolPath(version),
    args: ['serve', config],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    log: join(folder, `${version}.log`),
    ready: `http://127.0.0.1:${port}/v2/`,
  });
  await server.start(signal);
  return server;
}
