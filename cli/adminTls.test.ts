import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endpointReplicas } from '../operator/admin/endpointReplicas.ts';
import { AdminClient } from '../operator/admin/client.ts';
import { apiVersion, type Resource } from '../operator/resources/home.ts';
import { testCertificate } from '../registry/tls/testing/certificate.ts';
import { readConfiguration } from '../registry/config/configuration.ts';
import { type RunningReplica, startReplica } from '../registry/program/replica.ts';
import { coppice } from './testing/command.ts';

const { signal } = new AbortController();
const token = 'a-token-that-is-only-used-here';
const certificate = testCertificate('replica', { alternativeName: 'admin.example.com' });
let directory: string;
let replica: RunningReplica;
let origin: string;
let [ca, otherCa, tokenFile] = ['', '', ''];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coppice-tls-'));
  const place = (name: string, content: string): Promise<string> => {
    const path = join(directory, name);
    return writeFile(path, content).then(() => path);
  };
  [ca, otherCa] = [await place('ca.crt', certificate.cert), await place('other.crt', testCertificate('other').cert)];
  tokenFile = await place('token', token);
  const tls = { certificate: ca, key: await place('tls.key', certificate.key) };
  const sha256 = createHash('sha256').update(token).digest('hex');
  const keys = [{ name: 'ci', sha256, verbs: ['read'] }];
  const loopback = '127.0.0.1:0';
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: directory } },
    http: { addr: loopback },
    coppice: { admin: { addr: loopback, tls, keys }, metrics: { addr: loopback } },
  };
  const log = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const process = { version: '0', instance: 'a', now: Date.now, mono: () => performance.now(), log };
  const read = readConfiguration('config.yml', JSON.stringify(config), {});
  replica = await startReplica(read, { ...process, fresh: randomUUID, random: randomBytes }, signal);
  origin = `https://127.0.0.1:${replica.admin?.port ?? 0}`;
});
afterAll(async () => {
  await replica.stop();
  await rm(directory, { recursive: true });
});

it('the command asks a replica over TLS that an authority of its own has signed', async () => {
  const args = ['status', '--admin', origin, '--token-file', tokenFile];
  const [given, named, foreign, untrusted, none, missing] = await Promise.all([
    coppice([...args, '--admin-ca', ca]),
    coppice(args, { COPPICE_ADMIN_CA_FILE: ca }),
    coppice([...args, '--admin-ca', otherCa]),
    coppice(args),
    coppice([...args, '--admin-ca', tokenFile]),
    coppice([...args, '--admin-ca', join(directory, 'nowhere')]),
  ]);
  expect([given, named]).toMatchObject(Array(2).fill({ code: 0, err: '' }));
  expect(given.out).toContain('epoch 1, OPEN');
  for (const refused of [foreign, untrusted]) {
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/no admin API answers at https:.*(self-signed|unable to verify)/);
  }
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('holds no certificate (PEM)') as string });
  expect(missing).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot read the certificate authority') as string,
  });
});

it('an operator asks endpoints over TLS, and trusts whom it is told to', async () => {
  const metadata = { namespace: 'default', name: 'main', uid: 'u', resourceVersion: '1', generation: 1 };
  const registry: Resource<'Registry'> = {
    ...{ apiVersion, kind: 'Registry', metadata: { ...metadata, creationTimestamp: '2026-11-23T12:00:00Z' } },
    ...{ spec: { endpoints: [origin], auth: { tokenFile } }, status: { observedGeneration: -1 } },
  };
  const isOf = async (file: string | undefined): Promise<string> => {
    const [answer] = await endpointReplicas(file)(registry).statuses(signal);
    return answer?.is === 'silent' ? answer.why : (answer?.is ?? 'nothing');
  };
  expect(await isOf(ca)).toBe('answered');
  expect(await isOf(otherCa)).toMatch(/self-signed|unable to verify/);
  expect(await isOf(undefined)).toMatch(/self-signed|unable to verify/);
  expect(await isOf(join(directory, 'nowhere'))).toContain('--admin-ca: ');
});

it('a replica reached by its address is known by the name in its certificate', async () => {
  const at = (serverName: string) => new AdminClient({ origin, token, ca: certificate.cert, serverName });
  expect(await at('admin.example.com').status(signal)).toMatchObject({ self: { instance: 'a' } });
  await expect(at('another.example.com').status(signal)).rejects.toThrow(/altnames/);
});
