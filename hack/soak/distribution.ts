import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../load/ports.ts';
import type { ServerProcess } from '../load/serverProcess.ts';
import type { Tally } from '../load/tally.ts';
import { startDistribution } from '../peers/distribution.ts';
import { toolPath } from '../tools/cache.ts';
import { CollectorLoop } from './collectorLoop.ts';
import type { Contestant, Server } from './contestant.ts';

/**
 * distribution as it comes: three processes on `storage`, and its `garbage-collect` beside them over and over, which its manual tells nobody to do. It runs
 * without `--delete-untagged`, which removes less.
 */
export async function distributionContestant(folder: string, storage: string, tally: Tally): Promise<Contestant> {
  const ports = await freePorts(3);
  const servers = ports.map((port, at) => new Peer(`distribution ${at}`, join(folder, `peer-${at}`), storage, port));
  const [first] = servers;
  if (first === undefined) throw new Error('no servers');
  const env = { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' };
  const endOf = (exitCode: number, printed: string): string =>
    exitCode === 0 ? 'Completed' : `exit code ${exitCode}: ${printed.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`;
  const collector = { command: toolPath('registry'), args: ['garbage-collect', first.config], env, endOf, restMs: 500 };
  return {
    name: 'distribution',
    permitMs: 2000, // it has none; it is stopped for as long as ours
    servers,
    collectors: [new CollectorLoop(collector, tally)],
  };
}

class Peer implements Server {
  readonly name: string;
  readonly api: string;
  readonly config: string;
  readonly #folder: string;
  readonly #storage: string;
  readonly #port: number;
  #process: ServerProcess | undefined;

  constructor(name: string, folder: string, storage: string, port: number) {
    this.name = name;
    this.api = `http://127.0.0.1:${port}`;
    this.config = join(folder, 'registry.yml');
    this.#folder = folder;
    this.#storage = storage;
    this.#port = port;
  }

  async start(signal: AbortSignal): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    this.#process = await startDistribution('registry', this.#folder, this.#storage, this.#port, signal);
  }

  send(signal: NodeJS.Signals): void {
    this.#process?.send(signal);
  }

  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    return this.#process?.end(signal);
  }

  async whyGone(): Promise<string | undefined> {
    return this.#process === undefined ? `${this.name} was never started` : this.#process.whyGone();
  }
}
