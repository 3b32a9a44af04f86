import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ClusterHome } from '../../operator/kubernetes/clusterHome.ts';
import { Connections } from '../../operator/kubernetes/connections.ts';
import { Credentials } from '../../operator/kubernetes/credentials.ts';
import { EventRecorder } from '../../operator/kubernetes/eventRecorder.ts';
import { Transport } from '../../operator/kubernetes/transport.ts';
import { systemTimers } from '../../operator/runtime/timers.ts';
import { type ControlPlane, startControlPlane } from '../cluster/controlPlane.ts';

const crds = fileURLToPath(new URL('../../crds', import.meta.url));

/** A control plane that knows our kinds. */
export async function startTestCluster(
  options: { readonly controllers?: boolean },
  signal: AbortSignal,
): Promise<ControlPlane> {
  const plane = await startControlPlane(options, signal);
  try {
    await kubectl(plane, ['apply', '-f', crds], signal);
    await kubectl(plane, ['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'], signal);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

/** What kubectl prints; rejects with what it says when it fails. */
export async function kubectl(
  plane: ControlPlane,
  args: readonly string[],
  signal: AbortSignal,
  input?: string,
): Promise<string> {
  const { exitCode, stdout, stderr } = await plane.kubectl(args, signal, input);
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** As a user applies it. */
export async function apply(plane: ControlPlane, document: object, signal: AbortSignal): Promise<void> {
  await kubectl(plane, ['apply', '-f', '-'], signal, stringify(document));
}

export interface TestHome {
  readonly home: ClusterHome;
  readonly transport: Transport;
  readonly recorder: EventRecorder;
  /** `METHOD STATUS` of every attempt. */
  readonly answered: string[];
  readonly close: () => Promise<void>;
}

/** The home as an operator opens it, without an election. */
export function testHome(
  kubeconfig: string,
  { watchSeconds, idleMs }: { readonly watchSeconds?: number; readonly idleMs?: number } = {},
): TestHome {
  const connections = new Connections(new Credentials({ kubeconfig }));
  const answered: string[] = [];
  const metrics = {
    onAnswered: (method: string, status: number | undefined): void => {
      answered.push(`${method} ${status ?? '-'}`);
    },
  };
  const [timers, random] = [systemTimers, (): number => 0.5];
  const transport = new Transport({ connections, timers, random, metrics, userAgent: 'coppice/test' });
  const warn = (fields: object): never => {
    throw new Error(JSON.stringify(fields));
  };
  const log = { warn, info: () => undefined } as never;
  const recorder = new EventRecorder({
    ...{ transport, timers, log, fresh: randomUUID, now: () => Date.now(), mono: () => performance.now() },
    reporter: { controller: 'coppice.dev/operator', instance: 'test' },
  });
  const limits = { ...(watchSeconds !== undefined && { watchSeconds }), ...(idleMs !== undefined && { idleMs }) };
  const home = new ClusterHome({ transport, timers, random, log, recorder, ...limits });
  const close = async (): Promise<void> => {
    await recorder.close();
    connections.close();
  };
  return { home, transport, recorder, answered, close };
}
