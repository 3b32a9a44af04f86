import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Deletions } from '../../repository/deletions.ts';
import { TestRegistry } from '../../repository/testing/testRegistry.ts';
import { TestWorld } from '../../window/testing/testWorld.ts';
import type { RegistryServerSettings } from '../context.ts';
import type { Happening } from '../happenings.ts';
import { type Access, openAccess } from '../../access/access.ts';
import { buildRegistryServer } from '../server.ts';

export interface TestServerOptions {
  readonly settings?: Partial<RegistryServerSettings>;
  readonly deletions?: Deletions;
  readonly access?: Access;
  readonly validation?: 'full' | 'disabled';
  /** Without one, a storage in a directory of its own. */
  readonly world?: TestWorld;
}

/** The registry API on a real socket, over one replica. */
export class TestServer {
  readonly registry: TestRegistry;
  readonly errors: object[];
  /** What was told, in order. */
  readonly happenings: readonly Happening[];
  readonly #app: FastifyInstance;

  static async start({ access, settings, deletions, validation, world }: TestServerOptions = {}): Promise<TestServer> {
    const opened = world ?? (await TestWorld.onDisk());
    const registry = await TestRegistry.on(opened, validation === undefined ? {} : { validation });
    const errors: object[] = [];
    const happenings: Happening[] = [];
    const app = buildRegistryServer({
      repositories: registry.repositories,
      deletions: deletions ?? registry.deletions,
      access: access ?? openAccess,
      listen: (happening) => happenings.push(happening),
      record: () => undefined,
      settings: {
        ...{ deleteEnabled: true, readOnly: false, catalogMost: 1000 },
        ...{ relativeUrls: true, headers: {}, accesses: false, ...settings },
      },
      log: { info: () => undefined, warn: () => undefined, error: (fields) => errors.push(fields) },
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    return new TestServer(app, registry, errors, happenings);
  }

  private constructor(app: FastifyInstance, registry: TestRegistry, errors: object[], happenings: Happening[]) {
    this.#app = app;
    this.registry = registry;
    this.errors = errors;
    this.happenings = happenings;
  }

  get port(): number {
    const address = this.#app.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    return (address satisfies AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async ask(method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<Response> {
    return fetch(this.url(path), { redirect: 'error', ...init, method });
  }

  async close(): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.#app.close();
    await this.registry.world.close();
  }
}
