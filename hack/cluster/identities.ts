import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Access, kubeconfigOf } from './access.ts';
import { Authority, signingKey, type Subject } from './authority.ts';
import { addresses } from './node/settings.ts';

/** Files by which the parts of a control plane know each other. All are absolute paths. */
export interface Identities {
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly tokenKey: string;
  readonly tokenPublicKey: string;
  /** As whom the API server calls kubelets. */
  readonly kubeletClientCertificate: string;
  readonly kubeletClientKey: string;
  readonly kubeconfigs: Readonly<Record<keyof typeof users, string>>;
  /** What the kubeconfig `admin` says. */
  readonly admin: Access;
}

const users = {
  admin: { commonName: 'admin', organization: 'system:masters' },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  'kube-proxy': { commonName: 'system:kube-proxy' },
  node: { commonName: 'system:node:node', organization: 'system:nodes' },
  coredns: { commonName: 'coredns', organization: 'system:masters' },
} as const satisfies Record<string, Subject>;

const serverNames = [
  '127.0.0.1',
  addresses.apiServer,
  addresses.service,
  'localhost',
  ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
];

function isOnNode(user: keyof typeof users): boolean {
  return user === 'node' || user === 'kube-proxy' || user === 'coredns';
}

/** A new authority, the server's certificate, and a kubeconfig for each user, in `folder`, for its owner's eyes only. */
export async function writeIdentities(folder: string, server: string): Promise<Identities> {
  await mkdir(folder);
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const authority = new Authority('coppice-test-cluster');
  const serving = authority.issueServer('kube-apiserver', serverNames);
  const tokens = signingKey();
  const port = new URL(server).port;
  const accessOf = (user: keyof typeof users): Access => ({
    server: isOnNode(user) ? `https://${addresses.apiServer}:${port}` : server,
    authority: authority.certificate,
    ...authority.issueClient(users[user]),
  });
  const kubeletClient = authority.issueClient({ commonName: 'kube-apiserver', organization: 'system:masters' });
  const admin = accessOf('admin');
  const kubeconfig = (user: keyof typeof users, access = accessOf(user)): Promise<string> =>
    write(`${user}.kubeconfig`, kubeconfigOf(access));
  return {
    authority: await write('ca.crt', authority.certificate),
    serverCertificate: await write('server.crt', serving.certificate),
    serverKey: await write('server.key', serving.key),
    tokenKey: await write('tokens.key', tokens.privateKey),
    tokenPublicKey: await write('tokens.pub', tokens.publicKey),
    kubeletClientCertificate: await write('kubelet-client.crt', kubeletClient.certificate),
    kubeletClientKey: await write('kubelet-client.key', kubeletClient.key),
    kubeconfigs: {
      admin: await kubeconfig('admin', admin),
      'kube-controller-manager': await kubeconfig('kube-controller-manager'),
      'kube-scheduler': await kubeconfig('kube-scheduler'),
      'kube-proxy': await kubeconfig('kube-proxy'),
      node: await kubeconfig('node'),
      coredns: await kubeconfig('coredns'),
    },
    admin,
  };
}
