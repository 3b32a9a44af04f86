import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LifeId, parseLifeId, parseStorageId } from '../../core/window/identity.ts';
import { ReceivingServer } from '../notifications/testing/receivingServer.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import type { StoredMember } from '../records/members.ts';
import { Nudges } from './nudges.ts';

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

function members(...records: readonly { readonly nudge: string; readonly left: boolean }[]) {
  const lives = records.map((_, at) => sure(parseLifeId(`life-${at}`)));
  return {
    reads: 0,
    list: async (): Promise<readonly LifeId[]> => lives,
    async read(life: LifeId): Promise<StoredMember> {
      this.reads += 1;
      const record: StoredMember['record'] = {
        ...{ life, storage: sure(parseStorageId('s')), instance: life, generation: 1, version: '0', protocol: 1 },
        ...{ startedAt: '', ...sure(records[lives.indexOf(life)]) },
      };
      return { modifiedAt: 0, record };
    },
  };
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('nudges', () => {
  let stopping: AbortController;
  let signal: AbortSignal;
  let server: ReceivingServer;
  beforeEach(async () => {
    server = await ReceivingServer.start();
    stopping = new AbortController();
    ({ signal } = stopping);
  });
  afterEach(async () => {
    stopping.abort();
    await server.close();
  });

  it('tells each other life once, asks nothing but the admin API, and minds none that does not answer', async () => {
    const { origin } = server.url;
    const nudge = `${origin}/coppice/v1/nudge`;
    const own = nudge.replace('127.0.0.1', 'localhost');
    const standing = members(
      { nudge, left: false },
      { nudge, left: false },
      { nudge: own, left: false },
      { nudge: `${origin}/v2/anything`, left: false },
      { nudge: 'file:///etc/passwd', left: false },
      { nudge: 'http://127.0.0.1:1/coppice/v1/nudge', left: false },
      { nudge: `${nudge}?left`, left: true },
    );
    const warned: object[] = [];
    const warn = (fields: object): void => void warned.push(fields);
    const log = { info: warn, warn, error: warn };
    await new Nudges({ members: standing, log }, own, signal).tell(7);
    const asked = server.received.map(({ method, path, body }) => `${method} ${path} ${body}`);
    expect(asked).toEqual(['POST /coppice/v1/nudge {"epoch":7}']);
    expect(warned).toEqual([]);
  });

  it('reaches a life over TLS, whoever signed its certificate', async () => {
    const asked = Promise.withResolvers<string>();
    const secure = createSecureServer(testCertificate('nobody knows'), (request, response) => {
      asked.resolve(`${request.method ?? ''} ${request.url ?? ''}`);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const nudge = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/coppice/v1/nudge`;
    await new Nudges({ members: members({ nudge, left: false }), log: silent }, undefined, signal).tell(7);
    secure.close();
    asked.resolve('nothing');
    expect(await asked.promise).toBe('POST /coppice/v1/nudge');
  });

  it('costs nobody anything when the members cannot be read', async () => {
    const warned: string[] = [];
    const log = {
      info: () => undefined,
      warn: (_: object, says: string) => void warned.push(says),
      error: () => undefined,
    };
    const broken = { ...members(), list: () => Promise.reject(new Error('gone')) };
    await new Nudges({ members: broken, log }, undefined, signal).tell(7);
    expect(warned).toEqual(['could not nudge the other lives']);
  });

  it('tells whom it told before over the same connection, before it lists the members again', async () => {
    const nudge = `${server.url.origin}/coppice/v1/nudge`;
    const standing = members({ nudge, left: false });
    const nudges = new Nudges({ members: standing, log: silent }, undefined, signal);
    await nudges.tell(7);
    const listing = Promise.withResolvers<readonly LifeId[]>();
    const lives = await standing.list();
    standing.list = () => listing.promise;
    const telling = nudges.tell(8);
    await expect.poll(() => server.bodies).toEqual(['{"epoch":7}', '{"epoch":8}']);
    listing.resolve(lives);
    await telling;
    expect([server.connections, standing.reads]).toEqual([1, 1]);
  });

  it('tells lives that are new, and looks again at one that did not answer', async () => {
    const { port } = server.url;
    const path = `${port}/coppice/v1/nudge`;
    const records = [{ nudge: 'http://127.0.0.1:1/coppice/v1/nudge', left: false }];
    const standing = members(...records);
    const nudges = new Nudges({ members: standing, log: silent }, undefined, signal);
    await nudges.tell(7);
    Object.assign(
      standing,
      members({ nudge: `http://127.0.0.1:${path}`, left: false }, { nudge: `http://localhost:${path}`, left: false }),
    );
    await nudges.tell(8);
    const told = server.received.map(({ headers }) => headers.host);
    expect(told.toSorted()).toEqual([`127.0.0.1:${port}`, `localhost:${port}`]);
  });
});
