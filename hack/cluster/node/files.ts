import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Identities } from '../identities.ts';
import { containerdSettings, dnsSettings, kubeletSettings, networkSettings, proxySettings } from './settings.ts';

/** The files of a node, by what each program calls its own. */
export function filesIn(folder: string) {
  return {
    /** For the API server: how it reaches the node. */
    egress: join(folder, 'egress.yaml'),
    containerd: join(folder, 'containerd.toml'),
    network: join(folder, 'cni', 'pods.conflist'),
    kubelet: join(folder, 'kubelet.yaml'),
    proxy: join(folder, 'proxy.yaml'),
    dns: join(folder, 'Corefile'),
    /** A socket: through the gate to the API server. */
    toApiServer: join(folder, 'api.sock'),
    /** A socket: through the gate into the node's network. */
    toNode: join(folder, 'node.sock'),
  } as const;
}

/** Makes the folder, with what is read before the node is started. */
export async function writeFiles(folder: string, cgroup: string, identities: Identities): Promise<void> {
  const files = filesIn(folder);
  await mkdir(join(folder, 'cni'), { recursive: true });
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: files.toNode } } };
  const egress = {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [{ name: 'cluster', connection }],
  };
  await writeFile(files.egress, stringify(egress));
  await writeFile(files.containerd, containerdSettings(folder));
  await writeFile(files.network, JSON.stringify(networkSettings));
  await writeFile(files.kubelet, stringify(kubeletSettings({ cgroup, authority: identities.authority })));
  await writeFile(files.proxy, stringify(proxySettings(identities.kubeconfigs['kube-proxy'])));
  await writeFile(files.dns, dnsSettings(identities.kubeconfigs.coredns));
}
