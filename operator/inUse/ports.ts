/** What may name an image, whether or not anything of it runs: the kinds of `spec.protections.cluster.kinds`. */
export const workloadKinds = [
  'Pod',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'ControllerRevision',
] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

export interface WorkloadLister {
  /**
   * Every object of a kind, in pages, as the API server sends it; nothing about it was checked. Without a namespace: in all of them. Rejects where not all
   * could be listed (forbidden, unreachable, a kind that the cluster does not know): an end means that there is no more.
   */
  pages(kind: WorkloadKind, signal: AbortSignal, namespace?: string): AsyncIterable<readonly unknown[]>;
}
