import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { toolPath } from '../../hack/tools/cache.ts';

/** distribution's `garbage-collect` on `storage`, to its end: how long it took, in seconds. What it prints is read and passed over. */
export async function distributionCollects(
  folder: string,
  storage: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = join(folder, 'distribution.yml');
  const content = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  };
  await writeFile(config, stringify(content));
  const began = performance.now();
  const child = spawn(toolPath('registry'), ['garbage-collect', ...options, config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    signal,
    killSignal: 'SIGKILL',
  });
  let complained = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained = `${complained}${text}`.slice(-2000)));
  const [code] = (await once(child, 'exit')) as [number | null];
  const tookS = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`distribution's collector ended with ${code ?? 'a signal'}: ${complained}`);
  return tookS;
}
