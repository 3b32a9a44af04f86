import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestOfText, imageOf, indexOf, repository, repositoryNamed } from '../repository/testing/testRegistry.ts';
import { rawRequest } from './testing/rawRequest.ts';
import { TestServer } from './testing/testServer.ts';

let server: TestServer;
let image: Digest;
let document: object;
beforeAll(async () => {
  server = await TestServer.start();
  document = await server.registry.imageDocument('app');
  image = await server.registry.manifest(document, ['v1']);
});
afterAll(async () => {
  await server.close();
});

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const path = (reference: string): string => `/v2/${repository}/manifests/${reference}`;
const put = (reference: string, body: object | string, contentType = imageType): Promise<Response> =>
  server.ask('PUT', path(reference), {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': contentType },
  });
const errorOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: unknown[] }).errors[0];

describe('manifests over HTTP', () => {
  it('are served by tag and by digest as they were stored', async () => {
    for (const reference of ['v1', image]) {
      const got = await server.ask('GET', path(reference));
      expect([got.status, await got.text()]).toEqual([200, JSON.stringify(document)]);
      const head = await server.ask('HEAD', path(reference));
      for (const { headers } of [got, head]) {
        expect(Object.fromEntries(headers)).toMatchObject({
          'content-type': imageType,
          'content-length': String(JSON.stringify(document).length),
          'docker-content-digest': image,
        });
      }
    }
    for (const reference of ['v0', digestOfText('missing')]) {
      expect((await server.ask('HEAD', path(reference))).status).toBe(404);
      expect(await errorOf(await server.ask('GET', path(reference)))).toMatchObject({ code: 'MANIFEST_UNKNOWN' });
    }
  });

  it('are taken by tag', async () => {
    const pushed = await put('v2', document);
    expect([pushed.status, pushed.headers.get('location'), pushed.headers.get('docker-content-digest')]).toEqual([
      201,
      path(image),
      image,
    ]);
    expect((await server.ask('HEAD', path('v2'))).status).toBe(200);
  });

  it('are taken by digest, with tags and a subject', async () => {
    const index = indexOf([image], { subject: { mediaType: imageType, digest: image, size: 1 } });
    const digest = digestOfText(JSON.stringify(index));
    const pushed = await put(`${digest}?tag=a&tag=b`, index, indexType);
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get('oci-tag')).toBe('a, b');
    expect(pushed.headers.get('oci-subject')).toBe(image);
    expect((await server.ask('HEAD', path('b'))).headers.get('docker-content-digest')).toBe(digest);
    const referrers = await server.ask('GET', `/v2/${repository}/referrers/${image}?artifactType=none`);
    expect(referrers.headers.get('content-type')).toBe(indexType);
    expect(referrers.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await referrers.json()).toMatchObject({ manifests: [] });
    const all = await server.ask('GET', `/v2/${repository}/referrers/${image}`);
    expect(await all.json()).toMatchObject({ manifests: [{ digest, mediaType: indexType }] });
  });

  const missing = digestOfText('missing');
  const cases = [
    { name: 'what is no manifest', body: '{', status: 400, error: { code: 'MANIFEST_INVALID' } },
    {
      name: 'another type than it says',
      body: '{"mediaType":"text/x","config":{}}',
      status: 400,
      error: { code: 'MANIFEST_INVALID' },
    },
    {
      name: 'what refers to nothing',
      body: JSON.stringify(imageOf(missing, [])),
      status: 400,
      error: { code: 'MANIFEST_BLOB_UNKNOWN', detail: [{ digest: missing }] },
    },
    {
      name: 'what is too large',
      body: ' '.repeat(4 * 1024 * 1024 + 1),
      status: 413,
      error: { code: 'MANIFEST_TOO_LARGE' },
    },
  ];
  it.each(cases)('are refused: $name', async ({ body, status, error }) => {
    const refused = await put('v3', body);
    expect(refused.status).toBe(status);
    expect(await errorOf(refused)).toMatchObject(error);
  });

  it('are refused as too large as soon as that shows, and the connection serves on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const options = { agent, headers: { 'transfer-encoding': 'chunked' } };
    const body = ' '.repeat(8 * 1024 * 1024);
    const refused = await rawRequest(server.port, 'PUT', path('v3'), { ...options, body });
    expect([refused.status, refused.body]).toEqual([413, expect.stringContaining('MANIFEST_TOO_LARGE')]);
    const next = await rawRequest(server.port, 'GET', path('v1'), { agent });
    expect([next.status, next.localPort]).toEqual([200, refused.localPort]);
    agent.destroy();
  });

  it('are refused under another digest than theirs', async () => {
    const refused = await put(missing, document);
    expect([refused.status, await errorOf(refused)]).toMatchObject([400, { code: 'DIGEST_INVALID' }]);
  });
});

describe('lists over HTTP', () => {
  it('page through tags by Link', async () => {
    await put('v2', document);
    const list = `/v2/${repository}/tags/list`;
    const first = await server.ask('GET', `${list}?n=1`);
    const { tags } = (await first.json()) as { tags: string[] };
    expect(tags).toHaveLength(1);
    expect(first.headers.get('link')).toBe(`<${list}?n=1&last=${tags[0] ?? ''}>; rel="next"`);
    const all: string[] = [];
    for (let next: string | undefined = `${list}?n=2`; next !== undefined;) {
      const page = await server.ask('GET', next);
      all.push(...((await page.json()) as { tags: string[] }).tags);
      next = /^<(.+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(all).toEqual(((await (await server.ask('GET', list)).json()) as { tags: string[] }).tags);
    expect(await errorOf(await server.ask('GET', `${list}?n=-1`))).toMatchObject({ code: 'PAGINATION_NUMBER_INVALID' });
    expect(await errorOf(await server.ask('GET', '/v2/no/such/tags/list'))).toMatchObject({ code: 'NAME_UNKNOWN' });
  });

  it('name the repositories', async () => {
    await server.registry.blob('x', repositoryNamed('zoo'));
    const first = await server.ask('GET', '/v2/_catalog?n=1');
    expect(await first.json()).toEqual({ repositories: [repository] });
    expect(first.headers.get('link')).toBe('</v2/_catalog?n=1&last=library%2Fapp>; rel="next"');
    const rest = await server.ask('GET', `/v2/_catalog?last=${repository}`);
    expect(await rest.json()).toEqual({ repositories: ['zoo'] });
  });
});
