import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { stringify } from 'yaml';
import type { Authority } from '../cluster/authority.ts';
import { freePorts } from '../load/ports.ts';
import { launcher } from '../load/replica.ts';
import { ServerProcess } from '../load/serverProcess.ts';
import { toolPath } from '../tools/cache.ts';
import type { DistributionVersion } from './distribution.ts';
import type { Door, User } from './door.ts';

/** Who may, whatever serves. */
const user: User = { name: 'ali', password: 'open sesame' };

/** What whoever serves finds in its environment. */
export type Variables = Readonly<Record<string, string>>;

/** So that two of ours, or something else on this machine, are not in each other's way. */
export const portsOfNobody: Variables = {
  REGISTRY_COPPICE_ADMIN_ADDR: '127.0.0.1:0',
  REGISTRY_COPPICE_METRICS_ADDR: '127.0.0.1:0',
};

/**
 * A registry as its owner has it: a configuration file of distribution's, a file of passwords, a certificate and a directory, which stay as they are, whoever
 * serves them. To be called by Node, its authority must be one of those that `setDefaultCACertificates` names.
 */
export class OwnedRegistry {
  readonly folder: string;
  readonly door: Required<Door>;
  /** What every request carries that is to be let in. */
  readonly headers: Readonly<Record<string, string>>;

  /** `sections` stand in its configuration beside what it needs. */
  static async found(
    folder: string,
    authority: Authority,
    sections: Readonly<Record<string, object>> = {},
  ): Promise<OwnedRegistry> {
    const [port = 0] = await freePorts(1);
    const owned = new OwnedRegistry(folder, port);
    const { certificate, key } = authority.issueServer('registry', ['localhost']);
    await mkdir(owned.storage);
    await writeFile(owned.door.ca, authority.certificate);
    await writeFile(join(folder, 'certificate.pem'), certificate);
    await writeFile(owned.key, key, { mode: 0o600 });
    await writeFile(join(folder, 'htpasswd'), `${user.name}:${await hash(user.password, 5)}\n`);
    await owned.configure(sections);
    return owned;
  }

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.door = { host: `localhost:${port}`, ca: join(folder, 'ca.pem'), user };
    this.headers = { authorization: `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}` };
  }

  get base(): string {
    return `https://${this.door.host}`;
  }

  get config(): string {
    return join(this.folder, 'config.yml');
  }

  get key(): string {
    return join(this.folder, 'key.pem');
  }

  get storage(): string {
    return join(this.folder, 'data');
  }

  /** Writes its configuration: much as the images and the package of Debian bring it. */
  async configure(sections: Readonly<Record<string, object>>): Promise<void> {
    const content = {
      version: 0.1,
      log: { level: 'info', fields: { service: 'registry' } },
      storage: {
        cache: { blobdescriptor: 'inmemory' },
        filesystem: { rootdirectory: this.storage },
        delete: { enabled: true },
      },
      http: {
        addr: `127.0.0.1:${new URL(this.base).port}`,
        secret: 'of these replicas',
        headers: { 'X-Content-Type-Options': ['nosniff'] },
        tls: { certificate: join(this.folder, 'certificate.pem'), key: this.key },
      },
      auth: { htpasswd: { realm: 'basic-realm', path: join(this.folder, 'htpasswd') } },
      health: { storagedriver: { enabled: true, interval: '10s', threshold: 3 } },
      ...sections,
    };
    await writeFile(this.config, stringify(content));
  }

  /** `serve CONFIG.yml`, the same words to each. Resolves once whoever has a password is let in. */
  async serve(
    program: DistributionVersion | 'coppice',
    signal: AbortSignal,
    variables: Variables = portsOfNobody,
  ): Promise<ServerProcess> {
    const [command, before] = program === 'coppice' ? [process.execPath, [launcher]] : [toolPath(program), []];
    const server = new ServerProcess({
      name: program,
      command,
      args: [...before, 'serve', this.config],
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none', ...variables },
      log: join(this.folder, `${program}.log`),
      ready: async () => (await fetch(`${this.base}/v2/`, { headers: this.headers, signal })).ok,
    });
    await server.start(signal);
    return server;
  }
}
