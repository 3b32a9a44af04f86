import { describe, expect, it } from 'vitest';
import { heldStatus } from './userAgents.ts';

/** As the clients themselves write it. */
const cases = [
  {
    status: 503,
    userAgent:
      'docker/28.2.2 go/go1.24.3 git-commit/45873be kernel/6.8 os/linux arch/amd64 UpstreamClient(Docker-Client/28.2.2)',
  },
  { status: 503, userAgent: 'crane/v0.22.1 go-containerregistry/v0.22.1' },
  { status: 503, userAgent: 'cosign/v3.1.3 (linux; amd64) go-containerregistry/v0.22.1' },
  { status: 429, userAgent: 'containerd/1.6.20~ds1' },
  { status: 429, userAgent: 'containers/5.23.1 (github.com/containers/image)' },
  { status: 429, userAgent: 'Buildah/1.28.2' },
  { status: 429, userAgent: 'oras/1.3.6+unreleased' },
  { status: 429, userAgent: 'regclient/regctl (v0.11.7)' },
  { status: 429, userAgent: 'something/1 that is not docker/2' },
  { status: 429, userAgent: '' },
];

describe('the status of a held request', () => {
  it.each(cases)('is $status for $userAgent', ({ status, userAgent }) => {
    expect(heldStatus(userAgent)).toBe(status);
  });
});
