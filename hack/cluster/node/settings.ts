import { join } from 'node:path';

/** Addresses of a node's own network. */
export const addresses = {
  apiServer: '10.201.0.1',
  node: '10.201.0.11',
  /** The service by which pods know the API server. */
  service: '10.96.0.1',
  /** Of its pods. */
  pods: '10.244.0.0/24',
} as const;

/** Paths, as the node sees them. */
export const paths = {
  containerd: '/run/containerd/containerd.sock',
  plugins: '/usr/lib/cni',
  runc: '/usr/sbin/runc',
} as const;

/** Of a static busybox, whose entry point it is. */
export const images = { busybox: 'localhost/busybox:1' } as const;

/** containerd's configuration (TOML) for a machine that is itself a container: what it may not do there is switched off. */
export function containerdSettings(folder: string): string {
  return `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "${paths.containerd}"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${images.busybox}"
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "${paths.runc}"
      SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["${paths.plugins}"]
    conf_dir = "${join(folder, 'cni')}"
`;
}

/** CNI: a bridge for all pods, which reach each other and services, and nothing outside of the node. */
export const networkSettings = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: addresses.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

export interface KubeletFiles {
  readonly cgroup: string;
  /** The authority of the cluster. */
  readonly authority: string;
}

/** What a kubelet may not do on a machine that is itself a container is switched off; how full the disk is does not matter here. */
export function kubeletSettings({ cgroup, authority }: KubeletFiles): object {
  const everything = { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%' };
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${paths.containerd}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: ['none'],
    oomScoreAdj: 0,
    maxOpenFiles: 16_384,
    featureGates: { KubeletInUserNamespace: true },
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: authority } },
    authorization: { mode: 'Webhook' },
    readOnlyPort: 0,
    evictionHard: { ...everything, 'memory.available': '50Mi', 'imagefs.available': '0%', 'imagefs.inodesFree': '0%' },
    serializeImagePulls: false, // one that hangs holds no other up
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '5s',
    syncFrequency: '10s', // within which a pod sees what became of a Secret; a minute is long for who waits
    clusterDNS: [addresses.node],
    clusterDomain: 'cluster.local',
    resolvConf: '',
  };
}

/** Without the sysctls of connection tracking, which belong to the machine. */
export function proxySettings(kubeconfig: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: 'node',
    clusterCIDR: addresses.pods,
    clientConnection: { kubeconfig },
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
  };
}

/** CoreDNS's Corefile: names of services and nothing else. */
export function dnsSettings(kubeconfig: string): string {
  return `.:53 {
  bind ${addresses.node}
  errors
  kubernetes cluster.local {
    kubeconfig ${kubeconfig}
  }
}
`;
}
