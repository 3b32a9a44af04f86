import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../tools/cache.ts';
import type { tools } from '../tools/catalogue.ts';

const run = promisify(execFile);

export type Program = (typeof tools.kubernetes.links)[number];

/** All of one origin, so that their versions fit: `$KUBEBUILDER_ASSETS`, or else what `npm run tools` built. */
export function programPath(program: Program): string {
  return join(assets() ?? dirname(toolPath('kubernetes')), program);
}

/** Which of these cannot be run, in words; `undefined` where all can. */
export async function lackingPrograms(programs: readonly Program[]): Promise<string | undefined> {
  const source = assets() === undefined ? 'npm run tools kubernetes' : '$KUBEBUILDER_ASSETS';
  for (const program of programs) {
    try {
      await access(programPath(program), constants.X_OK);
    } catch (error) {
      return `${program} cannot be run (${source}): ${String(error)}`;
    }
  }
  return undefined;
}

/** `COMMAND…` such that the kernel ends it when the process that starts it is gone, however that ended (util-linux). */
export function mortal(command: readonly string[]): readonly [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'KILL', '--', ...command];
}

export async function lackingMortality(): Promise<string | undefined> {
  const [command, ...args] = mortal(['true']);
  try {
    await run(command, args);
    return undefined;
  } catch (error) {
    return `setpriv of util-linux, which ends what would be left behind, cannot be run: ${String(error)}`;
  }
}

function assets(): string | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  return folder === '' ? undefined : folder;
}
