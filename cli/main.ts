import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Unanswered } from '../operator/admin/client.ts';
import { Problem } from '../core/admin/problem.ts';
import { StateError } from '../operator/directory/failure.ts';
import { ApiError, ClusterError, LeadershipLost } from '../operator/kubernetes/failure.ts';
import { ConfigurationError } from '../registry/config/mistake.ts';
import { StartRefused } from '../registry/program/listeners.ts';
import { StorageError } from '../registry/storage/driver.ts';
import { Refused } from '../registry/window/admission.ts';
import { Call, type Command, type World } from './command.ts';
import { audit } from './commands/audit.ts';
import { collect } from './commands/collect.ts';
import { describe } from './commands/describe.ts';
import { doctor } from './commands/doctor.ts';
import { events } from './commands/events.ts';
import { garbageCollect } from './commands/garbageCollect.ts';
import { get } from './commands/get.ts';
import { operator } from './commands/operator.ts';
import { plan } from './commands/plan.ts';
import { protections } from './commands/protections.ts';
import { readOnly } from './commands/readOnly.ts';
import { registry, serve } from './commands/registry.ts';
import { release } from './commands/release.ts';
import { status } from './commands/status.ts';
import { tombstones } from './commands/tombstones.ts';
import { undelete } from './commands/undelete.ts';
import { usualConfigFiles } from './configFile.ts';
import { type Ending, exitCodes, Failure } from './failure.ts';
import { helpOf, overview } from './help.ts';
import { respelled } from './spelling.ts';
import { note, say, type Terminal } from './terminal.ts';
import { version } from './version.ts';

const commands: readonly Command[] = [
  registry,
  serve,
  operator,
  get,
  describe,
  events,
  plan,
  collect,
  garbageCollect,
  audit,
  tombstones,
  undelete,
  protections,
  readOnly,
  status,
  doctor,
  release,
];

/** The environment, the arguments and the clocks are read here and nowhere below. */
const ours = Object.entries(process.env).filter(([name]) =>
  /^((REGISTRY|COPPICE)_|KUBERNETES_SERVICE_(HOST|PORT)$)/.test(name),
);
const terminal: Terminal = { out: process.stdout, err: process.stderr, isWatched: process.stderr.isTTY };
const stopping = new AbortController();
const world: World = {
  terminal,
  environment: Object.fromEntries(ours),
  version,
  usualConfigFiles,
  signal: stopping.signal,
  now: Date.now,
  mono: () => performance.now(),
  instance: `${hostname()}-${randomUUID().slice(0, 8)}`,
  fresh: randomUUID,
  random: randomBytes,
};

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(name, () => {
    if (stopping.signal.aborted) process.exit(code); // asked twice: at once
    stopping.abort(new Failure('cancelled', 'cancelled'));
  });
}
const given = respelled(process.argv.slice(2));
const asked = commands.find(({ name }) => name === given[0]);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our output may stop reading (`| head`): then there is nothing left to say.
  if (error.code === 'EPIPE') process.exit(0);
  // A log whose disk is full loses lines, not the service: that disk may be the storage's, and deletions are what makes room there.
  if (asked?.serves !== true) throw error;
});

process.exitCode = exitCodes[await main(given)];

async function main([name, ...args]: readonly string[]): Promise<Ending> {
  if (name === undefined) {
    note(terminal, overview(commands, version));
    return 'usage';
  }
  if (['help', '--help', '-h'].includes(name)) return help(args[0]);
  if (['version', '--version', '-v'].includes(name)) {
    say(terminal, `coppice ${version}`);
    return 'ok';
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    note(terminal, `coppice: there is no command ${JSON.stringify(name)}; \`coppice help\` lists them`);
    return 'usage';
  }
  if (args.includes('--help') || args.includes('-h')) return help(name);
  return attempt(command, args);
}

function help(name: string | undefined): Ending {
  const command = commands.find((one) => one.name === name);
  if (name !== undefined && command === undefined) {
    note(terminal, `coppice: there is no command ${JSON.stringify(name)}; \`coppice help\` lists them`);
    return 'usage';
  }
  say(terminal, command === undefined ? overview(commands, version) : helpOf(command));
  return 'ok';
}

async function attempt(command: Command, args: readonly string[]): Promise<Ending> {
  try {
    const call = new Call(command, args, world);
    return await command.run(call);
  } catch (error) {
    const { ending, message } = endingOf(error);
    note(terminal, `coppice ${command.name}: ${message}`);
    return ending;
  }
}

/** What a person can mend is told in their words; anything else is a fault of ours, and shows where. */
function endingOf(error: unknown): { readonly ending: Ending; readonly message: string } {
  if (error instanceof Failure) return { ending: error.ending, message: error.message };
  if (error instanceof ConfigurationError) return { ending: 'usage', message: error.message };
  if (error instanceof StartRefused) return { ending: 'usage', message: error.message };
  if (error instanceof StateError) return { ending: 'usage', message: error.message };
  if (error instanceof ClusterError) return { ending: 'usage', message: error.message };
  if (error instanceof ApiError || error instanceof LeadershipLost) return { ending: 'failed', message: error.message };
  if (error instanceof Problem) return { ending: endingOfProblem(error), message: toldProblem(error) };
  if (error instanceof Unanswered) return { ending: 'failed', message: error.message };
  if (error instanceof StorageError) return { ending: 'failed', message: `the storage failed: ${error.message}` };
  if (error instanceof Refused) return { ending: 'failed', message: error.message };
  const stack = error instanceof Error ? error.stack : undefined;
  return { ending: 'failed', message: stack ?? String(error) };
}

function endingOfProblem({ code }: Problem): Ending {
  if (code === 'INVALID') return 'usage';
  return code === 'PLAN_CHANGED' ? 'asks' : 'failed';
}

function toldProblem({ message, mistakes }: Problem): string {
  return [message, ...mistakes.map(({ path, says }) => `  ${path}: ${says}`)].join('\n');
}
