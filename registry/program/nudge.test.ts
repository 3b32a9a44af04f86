import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type LifeId, parseLifeId, parseStorageId } from '../../core/window/identity.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import type { StoredMember } from '../records/members.ts';
import { nudgeOthers } from './nudge.ts';

const { signal } = new AbortController();

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test itself is wrong');
  return value;
}

function members(...records: readonly { readonly nudge: string; readonly left: boolean }[]) {
  const lives = records.map((_, at) => sure(parseLifeId(`life-${at}`)));
  return {
    list: async () => lives,
    read: async (life: LifeId): Promise<StoredMember> => ({
      modifiedAt: 0,
      record: {
        ...{ life, storage: sure(parseStorageId('s')), instance: life, generation: 1, version: '0', protocol: 1 },
        ...{ startedAt: '', ...sure(records[lives.indexOf(life)]) },
      },
    }),
  };
}

it('tells each other life once, asks nothing but the admin API, and minds none that does not answer', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
  await nudgeOthers({ members: standing, log }, 7, own, signal);
  expect(asked).toEqual(['POST /coppice/v1/nudge {"epoch":7}']);
  expect(warned).toEqual([]);
  server.close();
});

it('reaches a life over TLS, whoever signed its certificate', async () => {
  const asked = Promise.withResolvers<string>();
  const server = createSecureServer(testCertificate('nobody knows'), (request, response) => {
    asked.resolve(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const nudge = `https://127.0.0.1:${(server.address() as AddressInfo).port}/coppice/v1/nudge`;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  await nudgeOthers({ members: members({ nudge, left: false }), log }, 7, undefined, signal);
  server.close();
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
  await nudgeOthers({ members: broken, log }, 7, undefined, signal);
  expect(warned).toEqual(['could not nudge the other lives']);
});
