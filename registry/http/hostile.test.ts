import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layout } from '../storage/layout.ts';
import { namesAt } from '../storage/testing/testStorage.ts';
import { digestOfText, repository } from '../repository/testing/testRegistry.ts';
import { rawRequest } from './testing/rawRequest.ts';
import { TestServer } from './testing/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ settings: { headers: { 'x-configured': ['yes'] } } });
  await server.registry.image('app', ['v1']);
});
afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.close();
});

const digest = digestOfText('anything');
const long = 'a'.repeat(300);

const cases: { method?: string; path: string; status: number; code: string }[] = [
  { path: '/v2/../../etc/passwd/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/library/../library/app/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/library%2Fapp/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/library%252Fapp/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/%2e%2e%2fapp/tags/list', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/library/app%00/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/LIBRARY/app/manifests/v1', status: 400, code: 'NAME_INVALID' },
  { path: `/v2/${long}/manifests/v1`, status: 400, code: 'NAME_INVALID' },
  { path: '/v2/_uploads/x/tags/list', status: 400, code: 'NAME_INVALID' },
  { path: '/v2/library//app/tags/list', status: 400, code: 'NAME_INVALID' },
  { path: `/v2/${repository}/manifests/..%2f..%2fv1`, status: 400, code: 'TAG_INVALID' },
  { path: `/v2/${repository}/manifests/${long}`, status: 400, code: 'TAG_INVALID' },
  { path: `/v2/${repository}/manifests/%zz`, status: 400, code: 'REQUEST_INVALID' },
  { path: `/v2/${repository}/manifests/sha256:ABC`, status: 400, code: 'DIGEST_INVALID' },
  { path: `/v2/${repository}/blobs/sha256:..%2f..%2f`, status: 400, code: 'DIGEST_INVALID' },
  { path: `/v2/${repository}/blobs/md5:d41d8cd98f00b204e9800998ecf8427e`, status: 400, code: 'DIGEST_INVALID' },
  { path: `/v2/${repository}/blobs/uploads/..`, status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  { path: `/v2/${repository}/blobs/uploads/..%2f..%2f_layers`, status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  { path: `/v2/${repository}/referrers/v1`, status: 400, code: 'DIGEST_INVALID' },
  { path: `/v2/${repository}/tags/list?n=1e9`, status: 400, code: 'PAGINATION_NUMBER_INVALID' },
  { path: `/v2/${repository}/tags/list?n=1&n=2`, status: 400, code: 'REQUEST_INVALID' },
  { path: `/v2/${repository}/unknown/v1`, status: 404, code: 'NOT_FOUND' },
  { path: '/elsewhere', status: 404, code: 'NOT_FOUND' },
  {
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?mount=nonsense&from=x`,
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { method: 'POST', path: `/v2/${repository}/blobs/uploads/?digest=nonsense`, status: 400, code: 'DIGEST_INVALID' },
  { method: 'PUT', path: `/v2/${repository}/manifests/v1?tag=`, status: 400, code: 'MANIFEST_INVALID' },
  { method: 'PUT', path: `/v2/${repository}/manifests/${digest}?tag=..`, status: 400, code: 'TAG_INVALID' },
  { method: 'POST', path: `/v2/${repository}/manifests/v1`, status: 405, code: 'UNSUPPORTED' },
  { method: 'GET', path: `/v2/${repository}/blobs/uploads/`, status: 405, code: 'UNSUPPORTED' },
  { method: 'DELETE', path: '/v2/_catalog', status: 405, code: 'UNSUPPORTED' },
];

describe('hostile requests', () => {
  it.each(cases)('$method $path is answered $status $code', async ({ method = 'GET', path, status, code }) => {
    const answer = await rawRequest(server.port, method, path, { headers: { 'content-length': '0' } });
    expect([answer.status, (JSON.parse(answer.body) as { errors: { code: string }[] }).errors[0]?.code]).toEqual([
      status,
      code,
    ]);
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
    if (status === 405) expect(answer.headers['allow']).toBeTruthy();
  });

  it('leave nothing on the storage', async () => {
    expect(await namesAt(server.registry.driver, layout.repositories)).toEqual(['library']);
    expect(await namesAt(server.registry.driver, layout.uploads(repository))).toEqual([]);
  });

  it('a digest may come with its colon encoded', async () => {
    const found = await server.registry.image('app');
    const encoded = `/v2/${repository}/manifests/${encodeURIComponent(found)}`;
    expect((await rawRequest(server.port, 'GET', encoded)).status).toBe(200);
  });

  it('any content type is taken for what its body is', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'application/vnd.example+x; y=z',
      'multipart/form-data; boundary=x',
    ]) {
      const path = `/v2/${repository}/blobs/uploads/?digest=${digestOfText('{')}`;
      const answer = await rawRequest(server.port, 'POST', path, { headers: { 'content-type': type }, body: '{' });
      expect([type, answer.status]).toEqual([type, 201]);
    }
  });

  it('configured headers are on every answer', async () => {
    for (const path of ['/v2/', '/v2/%zz/manifests/%zz', `/v2/${repository}/tags/list`]) {
      expect((await rawRequest(server.port, 'GET', path)).headers['x-configured']).toBe('yes');
    }
  });

  it('the base says that this is a registry', async () => {
    for (const path of ['/v2/', '/v2']) {
      expect(await rawRequest(server.port, 'GET', path)).toMatchObject({ status: 200, body: '{}' });
      expect(await rawRequest(server.port, 'HEAD', path)).toMatchObject({ status: 200, body: '' });
    }
  });
});
