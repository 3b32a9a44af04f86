import { describe, expect, it } from 'vitest';
import { routedUrl } from './paths.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('paths before routing', () => {
  it.each([
    { url: '/v2/', routed: '/v2/' },
    { url: '/v2/_catalog?n=1', routed: '/v2/_catalog?n=1' },
    { url: '/v2/app/manifests/v1', routed: '/v2/app/manifests/v1' },
    { url: '/v2/a/b/c/manifests/v1', routed: '/v2/a%2Fb%2Fc/manifests/v1' },
    { url: `/v2/a/b/blobs/${digest}`, routed: `/v2/a%2Fb/blobs/${digest}` },
    { url: `/v2/a/b/referrers/${digest}?artifactType=x/y`, routed: `/v2/a%2Fb/referrers/${digest}?artifactType=x/y` },
    { url: '/v2/a/b/tags/list?last=/v2/x/manifests/y', routed: '/v2/a%2Fb/tags/list?last=/v2/x/manifests/y' },
    { url: '/v2/a/b/blobs/uploads/?mount=x', routed: '/v2/a%2Fb/blobs/uploads/?mount=x' },
    { url: '/v2/a/b/blobs/uploads', routed: '/v2/a%2Fb/blobs/uploads' },
    { url: '/v2/a/b/blobs/uploads/id', routed: '/v2/a%2Fb/blobs/uploads/id' },
    // Names may look like parts of paths.
    { url: '/v2/a/blobs/uploads/manifests/v1', routed: '/v2/a%2Fblobs%2Fuploads/manifests/v1' },
    { url: '/v2/a/tags/list/tags/list', routed: '/v2/a%2Ftags%2Flist/tags/list' },
    { url: '/v2/manifests/manifests/manifests', routed: '/v2/manifests/manifests/manifests' },
    // What came encoded is encoded twice, and parses as no name.
    { url: '/v2/a%2Fb/manifests/v1', routed: '/v2/a%252Fb/manifests/v1' },
    { url: '/v2/../../etc/manifests/v1', routed: '/v2/..%2F..%2Fetc/manifests/v1' },
    // What is none of ours is left as it is.
    { url: '/v2/a/manifests/', routed: '/v2/a/manifests/' },
    { url: '/v1/a/manifests/v1', routed: '/v1/a/manifests/v1' },
    { url: '/v2//manifests/v1', routed: '/v2//manifests/v1' },
  ])('$url becomes $routed', ({ url, routed }) => {
    expect(routedUrl(url)).toBe(routed);
    expect(routedUrl(`/some/where${url}`, '/some/where')).toBe(routed);
  });

  it.each(['/v2/', '/some/v2/', '/some/wherever/v2/', '/some/where', '/some%2Fwhere/v2/', 'http://a/some/where/v2/'])(
    '%s leads nowhere when it lacks the prefix',
    (url) => {
      expect(routedUrl(url, '/some/where')).toBe('/');
    },
  );
});
