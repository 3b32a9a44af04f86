import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type LifeId, parseLifeId, parseStorageId } from '../../core/window/identity.ts';
import { testCertificate } from '../tls/testing/certificate.ts';
import type { StoredMember } from '../records/members.ts';
import { OtherLives } from './nudge.ts';

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
  const others = new OtherLives({ members: standing, log }, own);
  await others.nudge(7, signal);
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
  await new OtherLives({ members: members({ nudge, left: false }), log }, undefined).nudge(7, signal);
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
  await new OtherLives({ members: broken, log }, undefined).nudge(7, signal);
  expect(warned).toEqual(['could not nudge the other lives']);
});

it('reads where a life is reached once, and forgets one that is no longer listed', async () => {
  const standing = members({ nudge: 'http://127.0.0.1:1/coppice/v1/nudge', left: false });
  let lives = await standing.list();
  const read: string[] = [];
  const counted = {
    list: async () => lives,
    read: async (life: LifeId) => {
      read.push(life);
      return standing.read(life);
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const others = new OtherLives({ members: counted, log }, undefined);
  await others.nudge(7, signal);
  await others.nudge(8, signal);
  expect(read).toEqual(['life-0']);
  lives = [];
  await others.nudge(9, signal);
  lives = await standing.list();
  await others.nudge(10, signal);
  expect(read).toEqual(['life-0', 'life-0']);
});
