import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Access, type Asked, type Scope, type Verdict, AccessUnusable } from '../access/access.ts';
import { digestOfText, repository } from '../repository/testing/testRegistry.ts';
import { eventually } from '../window/testing/handClock.ts';
import type { Happening } from './happenings.ts';
import { rawRequest } from './testing/rawRequest.ts';
import { TestServer } from './testing/testServer.ts';

let server: TestServer;
let asked: Asked[] = [];
let verdict: Verdict;

const everybody: Verdict = { is: 'allowed', user: 'ci', mayPull: () => true };
const nobody: Verdict = { is: 'unauthenticated', challenge: 'Basic realm="here"' };

const access: Access = {
  judge: async (about) => {
    asked.push(about);
    return verdict;
  },
};

beforeAll(async () => {
  server = await TestServer.start({ access, settings: { headers: { 'x-configured': ['yes'] } } });
  verdict = everybody;
  await server.registry.image('app', ['v1']);
});
beforeEach(() => {
  asked = [];
  verdict = everybody;
});
afterAll(async () => {
  await server.close();
});

function codeIn(body: string): string | undefined {
  return (JSON.parse(body) as { errors: { code: string }[] }).errors[0]?.code;
}

function shown(scopes: readonly Scope[] | undefined): string | undefined {
  return scopes?.map(({ type, name, action }) => `${type}:${name}:${action}`).join(' ');
}

const digest = digestOfText('anything');
const at = `/v2/${repository}`;
const pull = `repository:${repository}:pull`;
const push = `${pull} repository:${repository}:push`;
const remove = `repository:${repository}:delete`;

const routes: readonly (readonly [method: string, path: string, scopes: string])[] = [
  ['GET', '/v2/', ''],
  ['HEAD', '/v2/', ''],
  ['GET', '/v2', ''],
  ['GET', '/v2/_catalog', 'registry:catalog:*'],
  ['GET', '/v2/%5Fcatalog', 'registry:catalog:*'],
  ['HEAD', '/v2/_catalog', 'registry:catalog:*'],
  ['DELETE', '/v2/_catalog', 'registry:catalog:*'],
  ['GET', `${at}/tags/list`, pull],
  ['GET', `${at}/referrers/${digest}`, pull],
  ['GET', `${at}/manifests/v1`, pull],
  ['HEAD', `${at}/manifests/v1`, pull],
  ['PUT', `${at}/manifests/v1`, push],
  ['DELETE', `${at}/manifests/v1`, remove],
  ['GET', `${at}/manifests/${encodeURIComponent(digest)}`, pull],
  ['GET', `${at}/blobs/${digest}`, pull],
  ['HEAD', `${at}/blobs/${digest}`, pull],
  ['DELETE', `${at}/blobs/${digest}`, remove],
  ['POST', `${at}/blobs/uploads/`, push],
  ['POST', `${at}/blobs/uploads`, push],
  ['POST', `${at}/blobs/uploads/?mount=${digest}`, push],
  ['POST', `${at}/blobs/uploads/?mount=${digest}&from=other`, `${push} repository:other:pull`],
  ['POST', `${at}/blobs/uploads/?mount=${digest}&from=${repository}`, push],
  ['POST', `${at}/blobs/uploads/?mount=${digest}&from=a&from=b`, `${push} repository:a:pull repository:b:pull`],
  ['POST', `${at}/blobs/uploads/?mount=${digest}&from=NO`, push],
  ['POST', `${at}/blobs/uploads/?mount=${digest}&fr%6fm=other`, `${push} repository:other:pull`],
  ['GET', `${at}/blobs/uploads/some-id`, pull],
  ['PATCH', `${at}/blobs/uploads/some-id`, push],
  ['PUT', `${at}/blobs/uploads/some-id?digest=${digest}`, push],
  ['DELETE', `${at}/blobs/uploads/some-id`, remove],
  // Names that look like parts of paths.
  ['GET', '/v2/a/blobs/uploads/manifests/v1', 'repository:a/blobs/uploads:pull'],
  ['GET', '/v2/a/tags/list/tags/list', 'repository:a/tags/list:pull'],
];

/** What no handler takes for a request of a repository: whoever is known hears so, and nobody else. */
const astray: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/'],
  ['GET', '/?x'],
  ['GET', '/elsewhere'],
  ['GET', '/v2/../../etc/passwd/manifests/v1'],
  ['GET', '/v2/../v2/_catalog'],
  ['GET', '//v2/_catalog'],
  ['GET', '/v2//_catalog'],
  ['GET', '/V2/_catalog'],
  ['GET', '/v2/_catalog/'],
  ['GET', '/v2/library%2Fapp/manifests/v1'],
  ['GET', '/v2/library%252Fapp/manifests/v1'],
  ['GET', '/v2%2Flibrary/app/manifests/v1'],
  ['GET', '/v2/library/app%00/manifests/v1'],
  ['GET', '/v2/LIBRARY/app/manifests/v1'],
  ['GET', `${at}/manifests/%zz`],
  ['GET', '/v2/%zz/manifests/%zz'],
  ['GET', '/%'],
  ['GET', `${at}/unknown/v1`],
  ['GET', `${at}/manifests/v1/`],
  ['GET', `http://127.0.0.1${at}/manifests/v1`],
  ['OPTIONS', '/v2/'],
  ['OPTIONS', `${at}/manifests/v1`],
  ['OPTIONS', '*'],
  ['TRACE', `${at}/manifests/v1`],
  ['PROPFIND', `${at}/manifests/v1`],
  ['GET', '/v2/?x=/v2/_catalog'],
  ['GET', '/v2;/_catalog'],
];

describe('the door of the registry API', () => {
  it.each(routes)('%s %s needs %s', async (method, path, scopes) => {
    const headers = { authorization: 'Basic Y2k6eA==', 'content-length': '0' };
    const answer = await rawRequest(server.port, method, path, { headers });
    expect(answer.status).not.toBe(401);
    expect(asked.map(({ needed }) => shown(needed))).toEqual([scopes]);
    expect(asked[0]?.authorization).toBe('Basic Y2k6eA==');
  });

  it.each([...routes, ...astray])(
    '%s %s is answered by nothing but a challenge to whom it does not let in',
    async (...of) => {
      verdict = nobody;
      const [method, path] = of;
      const answer = await rawRequest(server.port, method, path, { headers: { 'content-length': '0' } });
      expect(asked).toHaveLength(1);
      expect(answer.status).toBe(401);
      expect(answer.headers).toMatchObject({
        ...{ 'www-authenticate': 'Basic realm="here"', 'docker-distribution-api-version': 'registry/2.0' },
        'x-configured': 'yes',
      });
      if (method !== 'HEAD') expect(codeIn(answer.body)).toBe('UNAUTHORIZED');
    },
  );

  it.each(astray)('%s %s needs no more than a name', async (method, path) => {
    const answer = await rawRequest(server.port, method, path, { headers: { 'content-length': '0' } });
    expect(asked.map(({ needed }) => needed)).toEqual([[]]);
    if (path !== '/v2/?x=/v2/_catalog') expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('says what was lacking in the detail of the answer', async () => {
    verdict = nobody;
    const answer = await rawRequest(server.port, 'GET', `${at}/tags/list`);
    expect(JSON.parse(answer.body)).toEqual({
      errors: [
        {
          ...{ code: 'UNAUTHORIZED', message: 'authentication required' },
          detail: [{ type: 'repository', name: repository, action: 'pull' }],
        },
      ],
    });
  });

  it('takes nothing of a body that it does not let in, and keeps the connection', async () => {
    verdict = nobody;
    const body = 'x'.repeat(1 << 20);
    const answer = await rawRequest(server.port, 'POST', `${at}/blobs/uploads/?digest=${digestOfText(body)}`, { body });
    expect(answer.status).toBe(401);
    verdict = everybody;
    expect((await rawRequest(server.port, 'HEAD', `${at}/blobs/${digestOfText(body)}`)).status).toBe(404);
  });

  it('asks for patience where too much is being checked, as the client understands it', async () => {
    verdict = { is: 'undecided', why: 'busy' };
    const answers = await Promise.all(
      ['docker/28.2.2 go/go1.24', 'containerd/2.1'].map((agent) =>
        rawRequest(server.port, 'GET', '/v2/', { headers: { 'user-agent': agent } }),
      ),
    );
    expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([
      [503, '1'],
      [429, '1'],
    ]);
    expect(server.errors).toEqual([]);
  });

  it('lets nobody in where it cannot be found out, and says why in the log alone', async () => {
    verdict = { is: 'undecided', why: 'unreadable', cause: new AccessUnusable('cannot read /secret/place') };
    const answer = await rawRequest(server.port, 'GET', `${at}/tags/list`);
    expect([answer.status, codeIn(answer.body), answer.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '5']);
    expect(answer.body).not.toContain('/secret');
    expect(server.errors).toEqual([
      expect.objectContaining({ err: expect.objectContaining({ cause: verdict.cause }) as unknown }),
    ]);
  });

  it('gives what the client is called to whoever hears of it', async () => {
    await server.registry.image('app', ['v1']);
    await rawRequest(server.port, 'GET', `${at}/manifests/v1`);
    const isPull = ({ is, by }: Happening): boolean => is === 'manifestPulled' && by.actor === 'ci';
    await eventually(() => server.happenings.some(isPull));
  });

  it('mounts from nowhere that the client may not pull from', async () => {
    const blob = digestOfText('layer');
    await rawRequest(server.port, 'POST', `/v2/secret/blobs/uploads/?digest=${blob}`, { body: 'layer' });
    const mount = async (mayPull: (name: string) => boolean): Promise<number> => {
      verdict = { is: 'allowed', user: 'ci', mayPull };
      const headers = { 'content-length': '0' };
      return (await rawRequest(server.port, 'POST', `/v2/mine/blobs/uploads/?mount=${blob}`, { headers })).status;
    };
    expect(await mount((name) => name === 'mine')).toBe(202);
    expect(await mount((name) => name === 'secret')).toBe(201);
  });
});
