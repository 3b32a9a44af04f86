import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { StorageError, StorageFull } from '../storage/driver.ts';
import { Refused } from '../window/admission.ts';
import { errorOf } from './answers.ts';
import { catalogue, ClientGone, errorBody, RegistryError } from './errors.ts';

const document = new URL('../../docs/spec/errors.md', import.meta.url);

describe('errors', () => {
  it('are the same in the catalogue and in its document', async () => {
    const rows = (await readFile(document, 'utf8')).matchAll(/^\| `([A-Z_]+)`\s*\| (\d{3})\s*\| (yes|no)\s*\|/gm);
    const documented = Array.from(rows, ([, code, status, retry]) => [code, Number(status), retry === 'yes']);
    expect(documented).toEqual(Object.entries(catalogue).map(([code, { status, retry }]) => [code, status, retry]));
  });

  it('have the body that distribution-spec asks for', () => {
    expect(JSON.parse(errorBody(new RegistryError('BLOB_UNKNOWN', undefined, { detail: { digest: 'x' } })))).toEqual({
      errors: [{ code: 'BLOB_UNKNOWN', message: catalogue.BLOB_UNKNOWN.says, detail: { digest: 'x' } }],
    });
  });

  const docker = 'docker/28.2.2 go/go1.24 git-commit/x kernel/6 os/linux arch/amd64';
  const cases: { name: string; thrown: Error; userAgent?: string; code: string; retryAfter?: string }[] = [
    { name: 'held', thrown: new Refused('held', 'says', 3), code: 'TOOMANYREQUESTS', retryAfter: '3' },
    {
      name: 'held, for docker',
      thrown: new Refused('held', 'says', 3),
      userAgent: docker,
      code: 'UNAVAILABLE',
      retryAfter: '3',
    },
    { name: 'no permit', thrown: new Refused('noPermit', 'says', 2), code: 'UNAVAILABLE', retryAfter: '2' },
    { name: 'read-only', thrown: new Refused('readOnly', 'says', 30), code: 'UNAVAILABLE', retryAfter: '30' },
    { name: 'a life that ended', thrown: new Refused('lifeEnded', 'says', 1), code: 'UNAVAILABLE', retryAfter: '1' },
    { name: 'a full storage', thrown: new StorageFull('/x', 'full'), code: 'STORAGE_FULL' },
    {
      name: 'a storage that fails',
      thrown: new StorageError('/secret/path', 'EIO'),
      code: 'UNAVAILABLE',
      retryAfter: '5',
    },
    {
      name: 'what fastify refuses',
      thrown: Object.assign(new Error('bad'), { statusCode: 415 }),
      code: 'REQUEST_INVALID',
    },
    { name: 'a client that broke off, which is no fault of ours', thrown: new ClientGone(), code: 'REQUEST_INVALID' },
    { name: 'what nobody foresaw', thrown: new TypeError('secret'), code: 'UNKNOWN' },
  ];
  it.each(cases)('$name is answered with $code', ({ thrown, userAgent, code, retryAfter }) => {
    const error = errorOf(thrown, userAgent ?? 'curl/8');
    expect(error.code).toBe(code);
    expect(error.headers['retry-after']).toBe(retryAfter);
    expect(errorBody(error)).not.toContain('secret');
  });
});
