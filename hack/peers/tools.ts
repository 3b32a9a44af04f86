import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolPath } from '../tools/cache.ts';
import type { ToolName } from '../tools/catalogue.ts';

const run = promisify(execFile);

/** What a client printed. One that fails rejects with its own words. */
export async function client(name: ToolName, home: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home };
  const { stdout } = await run(toolPath(name), args, { env, cwd: home, maxBuffer: 1 << 24 });
  return stdout.trim();
}
