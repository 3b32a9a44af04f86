import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfText, imageOf, repository, repositoryNamed } from '../repository/testing/testRegistry.ts';
import type { Happening } from './happenings.ts';
import { TestServer } from './testing/testServer.ts';

const elsewhere = repositoryNamed('elsewhere');
const layer = digestOfText('layer of app');
const imageType = 'application/vnd.oci.image.manifest.v1+json';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(async () => {
  await server.close();
});

const ask = async (method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<number> => {
  const response = await server.ask(method, `/v2/${path}`, init);
  await response.arrayBuffer();
  return response.status;
};
/** What was told, without who asked; an answer may be here before its server knows that it was sent. */
const told = async (count: number): Promise<readonly Omit<Happening, 'by'>[]> => {
  await expect.poll(() => server.happenings.length).toBe(count);
  return server.happenings.map(({ by: _, ...what }) => what);
};

describe('what is told of requests', () => {
  it('is every push, mount, pull and deletion, once each', async () => {
    const document = await server.registry.imageDocument('app');
    const body = JSON.stringify(document);
    const image = digestOfText(body);
    const sizeBytes = body.length;
    expect(await ask('POST', `${repository}/blobs/uploads/?digest=${layer}`, { body: 'layer of app' })).toBe(201);
    expect(await ask('POST', `${elsewhere}/blobs/uploads/?mount=${layer}&from=${repository}`)).toBe(201);
    const headers = { 'content-type': imageType };
    expect(await ask('PUT', `${repository}/manifests/v1`, { body, headers })).toBe(201);
    expect(await ask('GET', `${repository}/manifests/v1`)).toBe(200);
    expect(await ask('GET', `${repository}/manifests/${image}`)).toBe(200);
    expect(await ask('GET', `${repository}/blobs/${layer}`, { headers: { range: 'bytes=0-3' } })).toBe(206);
    for (const path of [`manifests/v1`, `manifests/${image}`, `blobs/${layer}`]) {
      expect(await ask('DELETE', `${repository}/${path}`)).toBe(202);
    }
    const blob = { repository, digest: layer, sizeBytes: 12 };
    const manifest = { repository, digest: image, mediaType: imageType, sizeBytes, bytes: Buffer.from(body) };
    expect(await told(9)).toEqual([
      { is: 'blobPushed', ...blob },
      { is: 'blobMounted', ...blob, repository: elsewhere, from: repository },
      { is: 'manifestPushed', ...manifest, tags: ['v1'] },
      { is: 'manifestPulled', ...manifest, tag: 'v1' },
      { is: 'manifestPulled', ...manifest },
      { is: 'blobPulled', ...blob },
      { is: 'tagDeleted', repository, tag: 'v1' },
      { is: 'manifestDeleted', repository, digest: image },
      { is: 'blobDeleted', repository, digest: layer },
    ]);
  });

  it('names who asked', async () => {
    await server.registry.image('app', ['v1']);
    expect(await ask('GET', `${repository}/manifests/v1`, { headers: { 'user-agent': 'crane/1' } })).toBe(200);
    await told(1);
    expect(server.happenings[0]?.by).toMatchObject({
      ...{ method: 'GET', host: `127.0.0.1:${server.port}`, userAgent: 'crane/1', actor: '' },
      address: expect.stringMatching(/^127\.0\.0\.1:[0-9]+$/) as unknown,
    });
  });

  it('is nothing of what was refused, or only looked at', async () => {
    await server.registry.image('app', ['v1']);
    expect(await ask('HEAD', `${repository}/manifests/v1`)).toBe(200);
    expect(await ask('GET', `${repository}/manifests/v2`)).toBe(404);
    expect(await ask('DELETE', `${repository}/manifests/v2`)).toBe(404);
    const absent = imageOf(digestOfText('absent'), []);
    expect(await ask('PUT', `${repository}/manifests/v2`, { body: JSON.stringify(absent) })).toBe(400);
    expect(await ask('POST', `${elsewhere}/blobs/uploads/?mount=${digestOfText('absent')}&from=${repository}`)).toBe(
      202,
    );
    expect(await ask('GET', `${repository}/manifests/v1`)).toBe(200); // so that all before it was told, had there been anything
    expect(await told(1)).toMatchObject([{ is: 'manifestPulled', tag: 'v1' }]);
  });
});
