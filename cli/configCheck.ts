import { access, constants, stat } from 'node:fs/promises';
import type { ReplicaConfig } from '../registry/config/configuration.ts';
import { ConfigurationError, type Mistake } from '../registry/config/mistake.ts';
import type { Call } from './command.ts';
import { type Effect, explain } from './explanation.ts';
import type { Ending } from './failure.ts';
import { namedFiles } from './namedFiles.ts';
import { becomeOwner } from './owner.ts';
import { printable, table } from './table.ts';
import { say } from './terminal.ts';
import { readConfig } from './where.ts';

/** What `--check` found, as `-o json` prints it. */
interface Check {
  /** The file, or null where there is none. */
  readonly configuration: string | null;
  readonly effects: readonly Effect[];
  readonly idle: ReplicaConfig['idle'];
  readonly mistakes: readonly Mistake[];
}

/** Says what a configuration comes to, or every mistake in it, and touches nothing. */
export async function checkConfig(call: Call, file: string | undefined): Promise<Ending> {
  const found = await check(call, file);
  const { terminal } = call.world;
  if (call.output === 'json') say(terminal, JSON.stringify(found, undefined, 2));
  else for (const line of lines(found)) say(terminal, line);
  return found.mistakes.length === 0 ? 'ok' : 'usage';
}

async function check(call: Call, file: string | undefined): Promise<Check> {
  const configuration = file ?? null;
  try {
    const config = await readConfig(call, file);
    const { rootDirectory } = config.storage;
    await becomeOwner(rootDirectory); // what a replica may do, and not what root may
    const effects = [
      ...explain(config),
      ...(await namedFiles(config, call.world.signal)),
      await storage(rootDirectory),
    ];
    return { configuration, effects, idle: config.idle, mistakes: [] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { configuration, effects: [], idle: [], mistakes: error.mistakes };
  }
}

async function storage(root: string): Promise<Effect> {
  return { subject: 'storage', says: `${root}: ${await standing(root)}` };
}

/** Nothing is written to find out. */
async function standing(root: string): Promise<string> {
  try {
    if (!(await stat(root)).isDirectory()) return 'is no directory, and a replica would not start';
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    return 'is there, and this user may write';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return 'is not there, and a replica would not start';
    return code === 'EACCES' ? 'this user may not write there' : `cannot be looked at: ${code}`;
  }
}

function lines({ configuration, effects, idle, mistakes }: Check): readonly string[] {
  const from = `configuration: ${printable(configuration ?? 'none, so defaults and REGISTRY_* variables')}`;
  const shown = (heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
    rows.length === 0 ? [] : ['', ...table(heading, rows)];
  return [
    from,
    ...shown(
      ['MISTAKE IN', ''],
      mistakes.map(({ key, says }) => [key === '' ? 'the file' : key, says]),
    ),
    ...shown(
      ['WHAT', 'HOW'],
      effects.map(({ subject, says }) => [subject, says]),
    ),
    ...shown(
      ['DOES NOTHING', 'BECAUSE'],
      idle.map(({ key, why }) => [key, why]),
    ),
  ];
}
