import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { launcher } from './replica.ts';
import { startEnvironment } from './serverProcess.ts';

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `coppice …` as a user types it, to its end. Aborting kills it. */
export async function coppice(args: readonly string[], signal: AbortSignal): Promise<Said> {
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: startEnvironment(),
    signal,
    killSignal: 'SIGKILL',
  });
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? undefined);
    });
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
