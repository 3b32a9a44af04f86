import { type Listen, parseListen, showListen } from '../../registry/config/listen.ts';
import { bind, httpListener } from '../../registry/program/listeners.ts';
import { openLog } from '../../registry/program/log.ts';
import type { Call, Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { homeOfResources } from '../homeOfResources.ts';
import { noOperands } from '../operands.ts';
import { adminCaOption } from '../options.ts';
import { caFileOf } from '../where.ts';

const usualMetrics: Listen = { host: '127.0.0.1', port: 5002 };
const levels = ['debug', 'info', 'warn', 'error'] as const;

export const operator: Command = {
  name: 'operator',
  summary: 'Keep registries as resources say, in a directory or a cluster: policies, deletion requests, collections',
  usage: '[--resources DIR [--state DIR] | --kubeconfig FILE] [OPTION…]',
  about:
    'With --resources it watches the YAML files under DIR and never writes to them; status, uids and events lie in the state directory, on which one operator ' +
    'works at a time. Without it, the resources are those of a cluster: of the pod that it runs in, or of a kubeconfig; of several operators one leads. ' +
    'SIGTERM or Ctrl-C ends it in order, and what it had begun goes on where it was; a second ends it at once.',
  serves: true,
  options: {
    resources: {
      type: 'string',
      value: 'DIR',
      says: 'the files with the resources; - reads them from standard input, once',
    },
    state: { type: 'string', value: 'DIR', says: 'where it keeps what it knows (default: DIR/.coppice)' },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      says: 'how to reach a cluster (default: $KUBECONFIG, ~/.kube/config, or the service account of the pod)',
    },
    context: { type: 'string', value: 'NAME', says: 'of the kubeconfig (default: its current one)' },
    namespace: {
      type: 'string',
      short: 'n',
      value: 'NAME',
      says: 'resources of this namespace alone (default: of all)',
    },
    metrics: { type: 'string', value: 'ADDR', says: 'metrics and health (default: 127.0.0.1:5002)' },
    ...adminCaOption,
    'log-level': { type: 'string', value: 'LEVEL', says: `${levels.join(', ')} (default: info)` },
    'log-format': { type: 'string', value: 'FORMAT', says: 'text (default) or json' },
  },
  examples: [
    ['coppice operator --resources ./registry-config', 'on a Git checkout; status in ./registry-config/.coppice'],
    ['coppice operator --kubeconfig ~/.kube/config --context staging', 'on a cluster'],
    ['kustomize build . | coppice operator --resources - --state /var/lib/coppice', 'on what another tool writes'],
  ],
  async run(call) {
    noOperands(call);
    const options = await readOptions(call);
    const { signal, terminal, ...process } = call.world;
    const log = openLog(options.log, terminal.out);
    // Only here: what asks for a table need not load an operator.
    const { runOperator } = await import('../../operator/program/operator.ts');
    const { endpointReplicas } = await import('../../operator/admin/endpointReplicas.ts');
    const { listener } = options;
    await runOperator(
      options.home,
      {
        ...process,
        log,
        replicasOf: endpointReplicas(caFileOf(call)),
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

async function readOptions(call: Call) {
  return {
    home: await homeOfResources(call),
    listener: { at: metricsAt(call), key: '--metrics', isConfigured: call.text('metrics') !== undefined },
    log: {
      level: choice(call, 'log-level', levels, 'info'),
      formatter: choice(call, 'log-format', ['text', 'json'], 'text'),
      fields: {},
      accesses: false,
    },
  };
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
