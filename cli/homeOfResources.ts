import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { OpenHome } from '../operator/program/ports.ts';
import type { Call } from './command.ts';
import { Failure } from './failure.ts';
import { stateDirectoryIn } from './objects/state.ts';

const ofCluster = ['kubeconfig', 'context', 'namespace'] as const;

/** Where the operator has its resources from, by the options: a directory, or else a cluster. What the one needs is not loaded for the other. */
export async function homeOfResources(call: Call): Promise<OpenHome> {
  return call.text('resources') === undefined ? cluster(call) : directory(call);
}

async function cluster(call: Call): Promise<OpenHome> {
  if (call.text('state') !== undefined) {
    throw new Failure('usage', '--state is of a directory of resources: give --resources DIR as well');
  }
  const given = ofCluster.flatMap((option) => {
    const value = call.text(option);
    if (value === '') throw new Failure('usage', `--${option} needs a value`);
    return value === undefined ? [] : [[option, value]];
  });
  const { clusterHome } = await import('../operator/program/cluster.ts');
  return clusterHome({ ...(Object.fromEntries(given) as Record<string, string>), identity: call.world.instance });
}

async function directory(call: Call): Promise<OpenHome> {
  const resources = call.text('resources') ?? '';
  const other = ofCluster.find((option) => call.text(option) !== undefined);
  if (other !== undefined)
    throw new Failure('usage', `--${other} is of a cluster, --resources of a directory: give one of them`);
  if (resources === '') throw new Failure('usage', '--resources needs a directory');
  const state = call.text('state') ?? (resources === '-' ? undefined : stateDirectoryIn(resources));
  if (state === undefined || state === '') {
    throw new Failure('usage', 'give --state DIR: what comes from standard input has no directory of its own');
  }
  const { directoryHome } = await import('../operator/program/directory.ts');
  if (resources === '-') {
    return directoryHome({ resources: { from: 'text', text: () => text(process.stdin) }, state: resolve(state) });
  }
  await mustBeThere(resolve(resources));
  return directoryHome({ resources: resolve(resources), state: resolve(state) });
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
