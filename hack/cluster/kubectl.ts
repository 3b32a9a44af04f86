import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { programPath } from './programs.ts';

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlSettings {
  /** A path. */
  readonly kubeconfig: string;
  /** Where it keeps what it learnt of the server: not among what its user keeps. */
  readonly home: string;
}

/** One `kubectl ARGS…` to its end. Rejects where it cannot be started, or was killed, which is what aborting does. */
export async function kubectl(
  { kubeconfig, home }: KubectlSettings,
  args: readonly string[],
  signal: AbortSignal,
  input = '',
): Promise<Answer> {
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig };
  const child = spawn(programPath('kubectl'), args, { env, signal, killSignal: 'SIGKILL' });
  const [[exitCode, killedBy], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null, string | null]>,
    text(child.stdout),
    text(child.stderr),
    fed(child.stdin, input),
  ]);
  if (exitCode === null) throw new Error(`kubectl ${args.join(' ')} was killed: ${killedBy}`);
  return { exitCode, stdout, stderr };
}

/** One that does not want its input ends without having read it; what came of it, its exit code says. */
async function fed(stdin: NodeJS.WritableStream, input: string): Promise<void> {
  try {
    await pipeline([input], stdin);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
}
