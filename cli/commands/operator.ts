import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Listen, parseListen, showListen } from '../../registry/config/listen.ts';
import { bind, httpListener } from '../../registry/program/listeners.ts';
import { openLog } from '../../registry/program/log.ts';
import type { Call, Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { stateDirectoryIn } from '../objects/state.ts';
import { noOperands } from '../operands.ts';

const usualMetrics: Listen = { host: '127.0.0.1', port: 5002 };
const levels = ['debug', 'info', 'warn', 'error'] as const;

export const operator: Command = {
  name: 'operator',
  summary: 'Keep registries as the resources in a directory say: policies, deletion requests, collections',
  usage: '--resources DIR [--state DIR] [OPTION…]',
  about:
    'Watches the YAML files under DIR and never writes to them; status, uids and events lie in the state directory, on which one operator works at a time. ' +
    'SIGTERM or Ctrl-C ends it in order, and what it had begun goes on where it was; a second ends it at once.',
  serves: true,
  options: {
    resources: {
      type: 'string',
      value: 'DIR',
      says: 'the files with the resources; - reads them from standard input, once',
    },
    state: { type: 'string', value: 'DIR', says: 'where it keeps what it knows (default: DIR/.coppice)' },
    metrics: { type: 'string', value: 'ADDR', says: 'metrics and health (default: 127.0.0.1:5002)' },
    'log-level': { type: 'string', value: 'LEVEL', says: `${levels.join(', ')} (default: info)` },
    'log-format': { type: 'string', value: 'FORMAT', says: 'text (default) or json' },
  },
  examples: [
    ['coppice operator --resources ./registry-config', 'on a Git checkout; status in ./registry-config/.coppice'],
    ['kustomize build . | coppice operator --resources - --state /var/lib/coppice', 'on what another tool writes'],
  ],
  async run(call) {
    noOperands(call);
    const options = readOptions(call);
    if (typeof options.resources === 'string') await mustBeThere(options.resources);
    const { signal, terminal, ...process } = call.world;
    const log = openLog(options.log, terminal.out);
    // Only here: what asks for a table need not load an operator.
    const { runOperator } = await import('../../operator/program/operator.ts');
    const { directoryHome } = await import('../../operator/program/directory.ts');
    const { endpointReplicas } = await import('../../operator/admin/endpointReplicas.ts');
    const { listener } = options;
    await runOperator(
      directoryHome(options),
      {
        ...process,
        log,
        replicasOf: endpointReplicas(),
        async serve(server) {
          const served = httpListener(server);
          const at = await bind(served, listener);
          if (at === 'taken') {
            const where = { listener: 'metrics', at: showListen(listener.at), key: listener.key };
            log.warn(where, 'a usual port is taken: going on without it');
            return { close: () => served.close(0) };
          }
          return { at: showListen(at), close: () => served.close(0) };
        },
      },
      signal,
    );
    return 'ok';
  },
};

function readOptions(call: Call) {
  const resources = call.text('resources');
  if (resources === undefined) {
    const says = 'resources in an API server are not here yet: give --resources DIR, a directory of YAML files';
    throw new Failure('usage', says);
  }
  if (resources === '') throw new Failure('usage', '--resources needs a directory');
  const state = call.text('state') ?? (resources === '-' ? undefined : stateDirectoryIn(resources));
  if (state === undefined || state === '') {
    throw new Failure('usage', 'give --state DIR: what comes from standard input has no directory of its own');
  }
  return {
    resources: resources === '-' ? { from: 'text' as const, text: () => text(process.stdin) } : resolve(resources),
    state: resolve(state),
    listener: { at: metricsAt(call), key: '--metrics', isConfigured: call.text('metrics') !== undefined },
    log: {
      level: choice(call, 'log-level', levels, 'info'),
      formatter: choice(call, 'log-format', ['text', 'json'], 'text'),
      fields: {},
      accesses: false,
    },
  };
}

/** Before anything is made beside it: a name that was mistyped leaves no trace. */
async function mustBeThere(resources: string): Promise<void> {
  try {
    await stat(resources);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('usage', `cannot read the resources: ${why}`, { cause });
  }
}

function metricsAt(call: Call): Listen {
  const given = call.text('metrics');
  const at = given === undefined ? usualMetrics : parseListen(given);
  if (at !== undefined) return at;
  throw new Failure('usage', `--metrics takes an address such as 127.0.0.1:5002, not ${JSON.stringify(given)}`);
}

function choice<T extends string>(call: Call, option: string, choices: readonly T[], usual: T): T {
  const given = call.text(option);
  const chosen = given === undefined ? usual : choices.find((one) => one === given);
  if (chosen !== undefined) return chosen;
  throw new Failure('usage', `--${option} takes ${choices.join(', ')}, not ${JSON.stringify(given)}`);
}
