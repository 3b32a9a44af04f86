import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { toolPath } from '../tools/cache.ts';

export const chart = fileURLToPath(new URL('../../charts/coppice', import.meta.url));
export const helms = ['helm3', 'helm4'] as const;
export type Helm = (typeof helms)[number];

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of Helm to its end. `home` holds what it keeps, so that nothing of the user's is read or written; `kubeconfig`: the cluster it speaks to. */
export async function helm(
  which: Helm,
  args: readonly string[],
  { home, kubeconfig }: { readonly home: string; readonly kubeconfig?: string },
  signal: AbortSignal,
): Promise<Said> {
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig ?? '/dev/null' };
  const child = spawn(toolPath(which), args, { stdio: ['ignore', 'pipe', 'pipe'], env, signal });
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? undefined);
    });
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
