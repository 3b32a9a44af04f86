import { join } from 'node:path';
import { freePorts } from '../load/ports.ts';
import { launcher } from '../load/replica.ts';
import { ServerProcess, startEnvironment } from '../load/serverProcess.ts';

export interface OperatorProcessSettings {
  readonly name: string;
  /** Where its log lies. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** Beside the kubeconfig. */
  readonly args?: readonly string[];
  /** What is started in place of `coppice operator`, with the same arguments. */
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The operator on a cluster as users run it: a process of its own. */
export class OperatorProcess extends ServerProcess {
  readonly metrics: string;

  private constructor(settings: OperatorProcessSettings, port: number) {
    const { name, folder, kubeconfig, args = [], program = [launcher, 'operator'], env } = settings;
    const metrics = ['--metrics', `127.0.0.1:${port}`];
    super({
      name,
      command: process.execPath,
      args: [...program, '--kubeconfig', kubeconfig, ...metrics, ...args],
      env: { ...startEnvironment(), HOME: folder, ...env },
      log: join(folder, `${name}.log`),
      ready: `http://127.0.0.1:${port}/readyz`,
    });
    this.metrics = `http://127.0.0.1:${port}/metrics`;
  }

  /** Resolves when it is ready: it leads and has listed every kind, or it stands by. */
  static async start(settings: OperatorProcessSettings, signal: AbortSignal): Promise<OperatorProcess> {
    const [port = 0] = await freePorts(1);
    const started = new OperatorProcess(settings, port);
    await started.start(signal);
    return started;
  }

  async leads(signal: AbortSignal): Promise<boolean> {
    const text = await (await fetch(this.metrics, { signal })).text();
    return /^leader_election_master_status\{name="coppice-operator"\} 1$/m.test(text);
  }
}
