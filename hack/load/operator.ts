import { join } from 'node:path';
import { launcher } from './replica.ts';
import { ServerProcess, startEnvironment } from './serverProcess.ts';

export interface OperatorSettings {
  /** Where its log lies. */
  readonly folder: string;
  readonly resources: string;
  readonly state: string;
  readonly metricsPort: number;
  /** What is started in place of `coppice operator`, with the same arguments. */
  readonly program?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The operator on a directory as users run it: a process of its own. */
export class Operator {
  readonly #server: ServerProcess;
  readonly #settings: OperatorSettings;

  constructor(settings: OperatorSettings) {
    const { folder, resources, state, metricsPort, program = [launcher, 'operator'], env = {} } = settings;
    const args = ['--resources', resources, '--state', state, '--metrics', `127.0.0.1:${metricsPort}`];
    this.#settings = settings;
    this.#server = new ServerProcess({
      name: 'operator',
      command: process.execPath,
      args: [...program, ...args],
      env: { ...startEnvironment(), HOME: folder, ...env },
      log: join(folder, 'operator.log'),
      ready: `http://127.0.0.1:${metricsPort}/readyz`,
    });
  }

  get metrics(): string {
    return `http://127.0.0.1:${this.#settings.metricsPort}/metrics`;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#server.start(signal);
  }

  async gone(): Promise<void> {
    return this.#server.gone();
  }

  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    return this.#server.end(signal);
  }

  async lastWords(): Promise<string> {
    return this.#server.lastWords();
  }
}
