/** The tools of others that `npm run test:full` tries Coppice with, where each comes from, and at which version. */
export type Source =
  | { readonly from: 'go'; readonly module: string; readonly version: string }
  | { readonly from: 'debian'; readonly package: string; readonly at: string };

export const tools = {
  conformance: {
    from: 'go',
    module: 'github.com/opencontainers/distribution-spec/conformance',
    version: 'v0.0.0-20260831232431-97274622c111',
  },
  crane: { from: 'go', module: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.22.1' },
  oras: { from: 'go', module: 'oras.land/oras/cmd/oras', version: 'v1.3.6' },
  regctl: { from: 'go', module: 'github.com/regclient/regclient/cmd/regctl', version: 'v0.11.7' },
  /** distribution, version 3. */
  registry: { from: 'go', module: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.2' },
  skopeo: { from: 'debian', package: 'skopeo', at: '/usr/bin/skopeo' },
  /** distribution, version 2.8. */
  'docker-registry': { from: 'debian', package: 'docker-registry', at: '/usr/bin/docker-registry' },
  'mkfs.xfs': { from: 'debian', package: 'xfsprogs', at: '/usr/sbin/mkfs.xfs' },
  'mkfs.ext4': { from: 'debian', package: 'e2fsprogs', at: '/usr/sbin/mkfs.ext4' },
} as const satisfies Record<string, Source>;

export type ToolName = keyof typeof tools;
