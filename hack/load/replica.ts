import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ServerProcess, startEnvironment } from './serverProcess.ts';

/** A replica as users run it: a process of its own, with a configuration file. */
export interface ReplicaSettings {
  readonly name: string;
  /** Where its configuration and log lie. */
  readonly folder: string;
  readonly storage: string;
  readonly ports: ReplicaPorts;
  /** The `coppice:` section, as users write it, but for the addresses. */
  readonly coppice: Readonly<Record<string, string | number>>;
  /** What its section `admin:` holds beside the address. */
  readonly admin?: object;
  /** What its section `http:` holds beside the address. */
  readonly http?: object;
  /** Sections beside these, by name. */
  readonly sections?: Readonly<Record<string, object>>;
}

export interface ReplicaPorts {
  readonly api: number;
  readonly admin: number;
  readonly metrics: number;
}

export const launcher = new URL('../../cli/coppice.js', import.meta.url).pathname;

export class Replica {
  readonly #settings: ReplicaSettings;
  readonly #server: ServerProcess;

  /** Ready means that it has its permit: it takes what clients write. */
  constructor(settings: ReplicaSettings) {
    const { name, folder, ports } = settings;
    this.#settings = settings;
    this.#server = new ServerProcess({
      name: `replica ${name}`,
      command: process.execPath,
      args: [launcher, 'registry', configFile(settings)],
      env: { ...startEnvironment(), HOME: folder },
      log: this.log,
      ready: `http://127.0.0.1:${ports.metrics}/debug/health`,
    });
  }

  get api(): string {
    return `http://127.0.0.1:${this.#settings.ports.api}`;
  }

  get admin(): string {
    return `http://127.0.0.1:${this.#settings.ports.admin}`;
  }

  get metrics(): string {
    return `http://127.0.0.1:${this.#settings.ports.metrics}/metrics`;
  }

  /** Where what it prints goes. */
  get log(): string {
    return join(this.#settings.folder, `${this.#settings.name}.log`);
  }

  /** Of the process that was started last. */
  get pid(): number | undefined {
    return this.#server.pid;
  }

  /** Also for commands that work on the storage itself. */
  get config(): string {
    return configFile(this.#settings);
  }

  async start(signal: AbortSignal): Promise<void> {
    await writeFile(configFile(this.#settings), stringify(configurationOf(this.#settings)));
    await this.#server.start(signal);
  }

  send(signal: NodeJS.Signals): void {
    this.#server.send(signal);
  }

  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    return this.#server.end(signal);
  }

  /** Why it does not run, with the end of its log; `undefined` while it does. */
  async whyGone(): Promise<string | undefined> {
    return this.#server.whyGone();
  }
}

function configFile({ folder, name }: ReplicaSettings): string {
  return join(folder, `${name}.yml`);
}

function configurationOf({ storage, ports, coppice, admin, http, sections }: ReplicaSettings): object {
  return {
    ...sections,
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { ...http, addr: `127.0.0.1:${ports.api}`, draintimeout: '5s' },
    coppice: {
      ...coppice,
      admin: { ...admin, addr: `127.0.0.1:${ports.admin}` },
      metrics: { addr: `127.0.0.1:${ports.metrics}` },
    },
  };
}
