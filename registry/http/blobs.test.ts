import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestToken } from '../../core/window/token.ts';
import { StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { digestOfText, repository, repositoryNamed, signal } from '../repository/testing/testRegistry.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { type DriverMethod, MemoryDriver } from '../storage/testing/memoryDriver.ts';
import { TestWorld } from '../window/testing/testWorld.ts';
import { TestServer } from './testing/testServer.ts';

let server: TestServer;
let blob: Digest;
beforeAll(async () => {
  server = await TestServer.start();
  blob = await server.registry.blob('0123456789');
});
afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.close();
});

const uploads = `/v2/${repository}/blobs/uploads/`;
const path = (digest: string): string => `/v2/${repository}/blobs/${digest}`;
const locationOf = (response: Response): string => response.headers.get('location') ?? '';
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;

describe('blobs over HTTP', () => {
  it('are served with digest, length and type', async () => {
    const got = await server.ask('GET', path(blob));
    expect(got.status).toBe(200);
    expect(await got.text()).toBe('0123456789');
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-length': '10',
      'content-type': 'application/octet-stream',
      'docker-content-digest': blob,
      'docker-distribution-api-version': 'registry/2.0',
      'accept-ranges': 'bytes',
    });
  });

  it('answer HEAD without a body', async () => {
    const head = await server.ask('HEAD', path(blob));
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('10');
    expect(await head.text()).toBe('');
    const missing = await server.ask('HEAD', path(digestOfText('missing')));
    expect(missing.status).toBe(404);
    expect(await missing.text()).toBe('');
  });

  it('are served in parts', async () => {
    const some = await server.ask('GET', path(blob), { headers: { range: 'bytes=2-4' } });
    expect([some.status, await some.text(), some.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    expect(some.headers.get('content-length')).toBe('3');
    const last = await server.ask('GET', path(blob), { headers: { range: 'bytes=-2' } });
    expect([last.status, await last.text()]).toEqual([206, '89']);
    const none = await server.ask('GET', path(blob), { headers: { range: 'bytes=10-' } });
    expect([none.status, none.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    const other = await server.ask('GET', path(blob), { headers: { range: 'bytes=2-4', 'if-range': '"another"' } });
    expect(other.status).toBe(200);
  });

  it('W1: HEAD is refused while held, with the status that the client understands, and GET never is', async () => {
    await server.registry.hold([digestToken(blob)]);
    const head = (agent: string): Promise<Response> =>
      server.ask('HEAD', path(blob), { headers: { 'user-agent': agent } });
    const [containerd, docker] = [await head('containerd/2.0'), await head('docker/28.2.2 go/go1.24')];
    expect([containerd.status, containerd.headers.get('retry-after')]).toEqual([429, '1']);
    expect([docker.status, docker.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await server.ask('GET', path(blob))).status).toBe(200);
    await server.registry.release();
  });
});

describe('uploads over HTTP', () => {
  it('go in one request', async () => {
    const digest = digestOfText('in one');
    const done = await server.ask('POST', `${uploads}?digest=${digest}`, { body: 'in one' });
    expect([done.status, locationOf(done), done.headers.get('docker-content-digest')]).toEqual([
      201,
      path(digest),
      digest,
    ]);
    expect((await server.ask('HEAD', path(digest))).status).toBe(200);
  });

  it('go in chunks, which say where they begin', async () => {
    const begun = await server.ask('POST', uploads);
    expect(begun.status).toBe(202);
    expect(begun.headers.get('range')).toBe('0-0');
    const upload = locationOf(begun);
    expect(upload).toBe(`${uploads}${begun.headers.get('docker-upload-uuid') ?? ''}`);
    const patch = (body: string, range: string): Promise<Response> =>
      server.ask('PATCH', upload, { body, headers: { 'content-range': range } });
    const first = await patch('one', '0-2');
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-2']);
    const skipped = await patch('two', '9-11');
    expect([skipped.status, skipped.headers.get('range'), locationOf(skipped)]).toEqual([416, '0-2', upload]);
    expect(await codeOf(await patch('two', '3-9'))).toBe('SIZE_INVALID');
    expect(await codeOf(await patch('two', 'three'))).toBe('BLOB_UPLOAD_INVALID');
    const status = await server.ask('GET', upload);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-2']);
    const digest = digestOfText('onetwo');
    const done = await server.ask('PUT', `${upload}?digest=${digest}`, { body: 'two' });
    expect([done.status, locationOf(done)]).toEqual([201, path(digest)]);
    expect((await server.ask('GET', upload)).status).toBe(404);
  });

  it('refuse content that is something else', async () => {
    const upload = locationOf(await server.ask('POST', uploads));
    const refused = await server.ask('PUT', `${upload}?digest=${digestOfText('right')}`, { body: 'wrong' });
    expect([refused.status, await codeOf(refused)]).toEqual([400, 'DIGEST_INVALID']);
    const without = await server.ask('PUT', locationOf(await server.ask('POST', uploads)), { body: 'x' });
    expect(await codeOf(without)).toBe('DIGEST_INVALID');
  });

  it('can be cancelled', async () => {
    const upload = locationOf(await server.ask('POST', uploads));
    expect((await server.ask('DELETE', upload)).status).toBe(204);
    expect(await codeOf(await server.ask('PATCH', upload, { body: 'x' }))).toBe('BLOB_UPLOAD_UNKNOWN');
  });

  it('mount what another repository has, or begin where it has not', async () => {
    const elsewhere = repositoryNamed('other/place');
    const mount = (query: string): Promise<Response> => server.ask('POST', `/v2/${elsewhere}/blobs/uploads/?${query}`);
    const mounted = await mount(`mount=${blob}&from=${repository}`);
    expect([mounted.status, locationOf(mounted)]).toEqual([201, `/v2/${elsewhere}/blobs/${blob}`]);
    expect((await mount(`mount=${digestOfText('missing')}&from=${repository}`)).status).toBe(202);
    expect((await mount(`mount=${blob}&from=no/such`)).status).toBe(202);
    expect(await codeOf(await mount(`mount=${blob}&from=NO`))).toBe('NAME_INVALID');
  });

  it('stop when the client breaks off, and keep what was acknowledged', async () => {
    const upload = locationOf(await server.ask('POST', uploads));
    await server.ask('PATCH', upload, { body: 'one' });
    const sent = request(server.url(upload), { method: 'PATCH', headers: { 'content-length': '100' } });
    sent.once('error', () => undefined); // its own end
    sent.write('two');
    const life = server.registry.life;
    const id = upload.slice(uploads.length);
    const { driver } = server.registry;
    const file = layout.uploadData(repository, id, life);
    await expect.poll(async () => (await driver.stat(file, signal))?.sizeBytes).toBe(3);
    sent.destroy();
    const digest = digestOfText('onetwo');
    const done = await server.ask('PUT', `${upload}?digest=${digest}`, { body: 'two' });
    expect(done.status).toBe(201);
  });

  it('tell a client whose body was not read to its end why', async () => {
    const disk = new MemoryDisk(() => 1_000_000);
    const before = (method: DriverMethod, path: string): void => {
      if (method === 'append') throw new StorageFull(path, 'no space left');
    };
    const world = await TestWorld.open(
      () => new MemoryDriver(disk, { before }),
      () => Promise.resolve(),
    );
    const full = await TestServer.start({ world });
    const upload = locationOf(await full.ask('POST', uploads));
    const body = new Blob(['x'.repeat(100_000)]).stream();
    const answer = await full.ask('PATCH', upload, { body, duplex: 'half' });
    expect([answer.status, await codeOf(answer)]).toEqual([507, 'STORAGE_FULL']);
    await full.close();
  });

  it('survive a client that goes while it is being answered', async () => {
    const large = await server.registry.blob('0123456789abcdef'.repeat(1_000_000));
    for (let time = 0; time < 3; time += 1) {
      const going = new AbortController();
      const answer = await server.ask('GET', path(large), { signal: going.signal });
      await answer.body?.getReader().read();
      going.abort();
    }
    expect((await server.ask('HEAD', path(large))).status).toBe(200);
  });
});
