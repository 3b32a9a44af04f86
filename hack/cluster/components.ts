import { join } from 'node:path';
import { type Access, statusOf } from './access.ts';
import type { Identities } from './identities.ts';
import { addresses } from './node/settings.ts';
import type { Program } from './programs.ts';

/** One process of a control plane: what it is started with, and where it says that it is ready. */
export interface Component {
  readonly program: Program;
  readonly args: readonly string[];
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
}

/** All of 127.0.0.1. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeers: number;
  readonly apiServer: number;
  readonly controllers: number;
  readonly scheduler: number;
}

/** Of a cluster that nobody keeps: what is written is not synced. */
export function etcd(folder: string, ports: Ports): Component {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeers}`;
  return {
    program: 'etcd',
    args: [
      '--name=only',
      `--data-dir=${join(folder, 'etcd')}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=only=${peers}`,
    ],
    ready: async (signal) => (await fetch(`${clients}/health`, { signal })).ok,
  };
}

export interface ApiServerHas {
  /** Without them nobody makes the service accounts that pods are required to name. */
  readonly controllers: boolean;
  /** The path of what says how to reach the node, where there is one. */
  readonly egress: string | undefined;
}

export function apiServer(identities: Identities, ports: Ports, has: ApiServerHas): Component {
  return {
    program: 'kube-apiserver',
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.apiServer}`,
      `--tls-cert-file=${identities.serverCertificate}`,
      `--tls-private-key-file=${identities.serverKey}`,
      `--client-ca-file=${identities.authority}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${identities.tokenKey}`,
      `--service-account-key-file=${identities.tokenPublicKey}`,
      ...(has.controllers ? [] : ['--disable-admission-plugins=ServiceAccount']),
      ...(has.egress === undefined ? alone : joined(identities, has.egress)),
    ],
    ready: answersOk('/readyz', identities.admin),
  };
}

const alone = [
  '--authorization-mode=RBAC',
  '--advertise-address=127.0.0.1', // there may be no default route to guess one from
  '--endpoint-reconciler-type=none', // an endpoint of the loopback is no endpoint
];

/** With a node in a network of its own, where another address leads here, and to which the egress leads. */
function joined(identities: Identities, egress: string): string[] {
  return [
    '--authorization-mode=Node,RBAC',
    `--advertise-address=${addresses.apiServer}`,
    '--allow-privileged=true',
    `--egress-selector-config-file=${egress}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${identities.kubeletClientCertificate}`,
    `--kubelet-client-key=${identities.kubeletClientKey}`,
  ];
}

/** Ready when it has made the first service account: from then on namespaces are complete. */
export function controllerManager(identities: Identities, ports: Ports): Component {
  return {
    program: 'kube-controller-manager',
    args: [
      ...common(identities, 'kube-controller-manager', ports.controllers),
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${identities.tokenKey}`,
      `--root-ca-file=${identities.authority}`,
    ],
    ready: answersOk('/api/v1/namespaces/default/serviceaccounts/default', identities.admin),
  };
}

export function scheduler(identities: Identities, ports: Ports): Component {
  return {
    program: 'kube-scheduler',
    args: common(identities, 'kube-scheduler', ports.scheduler),
    ready: answersOk('/healthz', { ...identities.admin, server: `https://127.0.0.1:${ports.scheduler}` }),
  };
}

function common(identities: Identities, user: 'kube-controller-manager' | 'kube-scheduler', port: number): string[] {
  const kubeconfig = identities.kubeconfigs[user];
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${identities.serverCertificate}`,
    `--tls-private-key-file=${identities.serverKey}`,
    '--leader-elect=false',
  ];
}

function answersOk(path: string, access: Access): Component['ready'] {
  return async (signal) => (await statusOf(path, access, signal)) === 200;
}
