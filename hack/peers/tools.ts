import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../tools/cache.ts';
import type { ToolName } from '../tools/catalogue.ts';

const run = promisify(execFile);

/** A file (PEM) with the authority that vouches for servers; absent: as the machine has it. */
export type Trusted = string | undefined;

/** What a client finds around it: a home of its own, so that nothing of the user's is read or written. */
export function surroundings(home: string, ca?: Trusted): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    REGISTRY_AUTH_FILE: join(home, 'auth.json'),
    ...(ca !== undefined && { SSL_CERT_FILE: ca }),
  };
}

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  /** Its home, and where it is started. */
  readonly home: string;
  readonly ca?: Trusted;
  /** Besides what every client finds. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Aborting ends it. */
  readonly signal?: AbortSignal;
}

/** A client to its end. One that fails rejects with its own words. */
export async function printed(name: ToolName, args: readonly string[], around: Circumstances): Promise<Printed> {
  const { home, ca, variables, signal } = around;
  const env = { ...surroundings(home, ca), ...variables };
  return run(toolPath(name), args, { env, cwd: home, maxBuffer: 1 << 24, signal });
}

/** What a client printed. One that fails rejects with its own words. */
export async function client(name: ToolName, home: string, ...args: readonly string[]): Promise<string> {
  return clientTrusting(undefined, name, home, args);
}

export async function clientTrusting(
  ca: Trusted,
  name: ToolName,
  home: string,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await printed(name, args, { home, ca });
  return stdout.trim();
}
