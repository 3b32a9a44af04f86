import { expect, it } from 'vitest';
import { handlerOf } from './httpMetrics.ts';

it.each([
  ['/v2/', 'base'],
  ['/v2', 'base'],
  ['/v2/_catalog?n=5', 'catalog'],
  ['/v2/a/b/tags/list', 'tags'],
  ['/v2/a/b/manifests/v1', 'manifest'],
  ['/v2/manifests/manifests/sha256:00', 'manifest'],
  ['/v2/a/blobs/sha256:00', 'blob'],
  ['/v2/a/blobs/uploads/', 'blob_upload'],
  ['/v2/a/blobs/uploads/6090d450?digest=sha256:00', 'blob_upload'],
  ['/v2/a/referrers/sha256:00?artifactType=x', 'referrers'],
  ['/anything', 'other'],
  ['', 'other'],
])('counts %s as %s', (url, handler) => {
  expect(handlerOf(url)).toBe(handler);
});
