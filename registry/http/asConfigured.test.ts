import { afterEach, describe, expect, it } from 'vitest';
import type { Access } from '../access/access.ts';
import { digestOfText, imageOf, repository, repositoryNamed } from '../repository/testing/testRegistry.ts';
import { TestServer, type TestServerOptions } from './testing/testServer.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(settings: TestServerOptions['settings']): Promise<TestServer> {
  server = await TestServer.start({ settings: { ...settings } });
  return server;
}

const errorOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: unknown[] }).errors[0];
const octets = { 'content-type': 'application/octet-stream' };

describe('an API with a prefix (http.prefix)', () => {
  it('stands below it and nowhere else, and its locations lead back to it', async () => {
    const { registry, ask } = bound(await start({ prefix: '/some/images', relativeUrls: false }));
    for (const path of ['/some/images/v2/', '/some/images/v2']) expect((await ask('GET', path)).status).toBe(200);
    for (const path of ['/v2/', '/images/v2/', '/some/images', '/some/imagesv2/']) {
      const refused = await ask('GET', path);
      expect([refused.status, await errorOf(refused)]).toEqual([404, expect.objectContaining({ code: 'NOT_FOUND' })]);
    }

    const begun = await ask('POST', `/some/images/v2/${repository}/blobs/uploads/`);
    const location = new URL(begun.headers.get('location') ?? '');
    expect(location.pathname).toMatch(/^\/some\/images\/v2\/library\/app\/blobs\/uploads\/[^/]+$/);
    location.searchParams.set('digest', digestOfText('one'));
    const pushed = await ask('PUT', `${location.pathname}${location.search}`, { body: 'one', headers: octets });
    expect(pushed.status).toBe(201);
    const blob = new URL(pushed.headers.get('location') ?? '').pathname;
    expect(await (await ask('GET', blob)).text()).toBe('one');

    await registry.image('app', ['v1', 'v2']);
    const page = await ask('GET', `/some/images/v2/${repository}/tags/list?n=1`);
    const next = /^<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(await (await ask('GET', next)).json()).toEqual({ name: repository, tags: ['v2'] });
  });
});

describe('/', () => {
  it('says that somebody is there, to whom a probe needs no name, and nothing else does', async () => {
    const access: Access = { judge: () => Promise.resolve({ is: 'unauthenticated', challenge: 'Basic realm="r"' }) };
    server = await TestServer.start({ access, settings: { prefix: '/images' } });
    for (const method of ['GET', 'HEAD']) {
      const answer = await server.ask(method, '/');
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    for (const [method, path] of [
      ['POST', '/'],
      ['GET', '/?'],
      ['GET', '//'],
      ['GET', '/v2/'],
      ['GET', '/images/v2/'],
    ] as const) {
      expect([method, path, (await server.ask(method, path)).status]).toEqual([method, path, 401]);
    }
  });
});

describe('a replica that is read-only (storage.maintenance.readonly)', () => {
  it('answers whatever reads, refuses whatever writes, and says what is left', async () => {
    const { registry, ask } = bound(await start({ readOnly: true }));
    const image = await registry.image('app', ['v1']);
    const layer = digestOfText('layer of app');
    const v2 = `/v2/${repository}`;
    for (const path of ['/v2/', `${v2}/manifests/v1`, `${v2}/manifests/${image}`, `${v2}/blobs/${layer}`]) {
      expect((await ask('GET', path)).status).toBe(200);
      expect((await ask('HEAD', path)).status).toBe(200);
    }
    const writes = [
      ['POST', `${v2}/blobs/uploads/`, ''],
      ['POST', `${v2}/blobs/uploads/?mount=${layer}&from=${repository}`, ''],
      ['PATCH', `${v2}/blobs/uploads/00000000-0000-4000-8000-000000000000`, 'GET, HEAD'],
      ['PUT', `${v2}/manifests/v2`, 'GET, HEAD'],
      ['DELETE', `${v2}/manifests/v1`, 'GET, HEAD'],
      ['DELETE', `${v2}/blobs/${layer}`, 'GET, HEAD'],
    ] as const;
    for (const [method, path, allow] of writes) {
      const body = method === 'PUT' || method === 'PATCH' ? JSON.stringify(imageOf(layer, [])) : null;
      const refused = await ask(method, path, { body, headers: octets });
      expect([method, path, refused.status, refused.headers.get('allow')]).toEqual([method, path, 405, allow]);
      expect(await errorOf(refused)).toMatchObject({ code: 'UNSUPPORTED' });
    }
    expect((await ask('HEAD', `${v2}/manifests/v1`)).status).toBe(200);
    expect((await ask('HEAD', `${v2}/manifests/v2`)).status).toBe(404);
    expect((await ask('DELETE', '/v2/nowhere')).status).toBe(404);
  });
});

describe('the catalogue (catalog.maxentries)', () => {
  it('gives pages of at most so many, whatever is asked for', async () => {
    const { registry, ask } = bound(await start({ catalogMost: 2 }));
    for (const name of ['a', 'b', 'c']) await registry.blob('{}', repositoryNamed(name));
    for (const query of ['', '?n=3', '?n=1000']) {
      const page = await ask('GET', `/v2/_catalog${query}`);
      expect(await page.json()).toEqual({ repositories: ['a', 'b'] });
      expect(page.headers.get('link')).toBe('</v2/_catalog?n=2&last=b>; rel="next"');
    }
  });
});

function bound(started: TestServer): { registry: TestServer['registry']; ask: TestServer['ask'] } {
  return { registry: started.registry, ask: (...asked) => started.ask(...asked) };
}
