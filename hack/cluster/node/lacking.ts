import { access } from 'node:fs/promises';
import { lacking } from '../../tools/cache.ts';
import { lackingPrograms } from '../programs.ts';

const tools = [
  'busybox',
  'cni-bridge',
  'containerd',
  'containerd-shim-runc-v2',
  'coredns',
  'ctr',
  'nft',
  'runc',
] as const;

/** Why there can be no real node here, in words; `undefined`: there can. */
export async function lackingNode(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'a node needs root';
  try {
    await access('/sys/fs/cgroup/cpuset/cpuset.cpus');
  } catch (error) {
    return `a node needs control groups of version 1 (cpuset and others below /sys/fs/cgroup): ${String(error)}`;
  }
  for (const tool of tools) {
    const lack = await lacking(tool);
    if (lack !== undefined) return lack;
  }
  return lackingPrograms(['kubelet', 'kube-proxy']);
}
