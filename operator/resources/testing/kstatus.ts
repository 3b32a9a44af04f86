/** What `kubectl`, Argo CD and Flux would see of any object: an object as read, whatever its kind. */
interface Seen {
  readonly kind: string;
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export interface Kstatus {
  readonly status: 'Terminating' | 'InProgress' | 'Failed' | 'Current';
  readonly message: string;
}

/**
 * The status of a custom resource as sigs.k8s.io/cli-utils computes it (pkg/kstatus/status: `Compute`): deletion first, then whether the generation was
 * observed, then the first of `Reconciling` and `Stalled` in the list that is True, then `Ready`. None of them: it counts as current.
 */
export function kstatusOf({ kind, metadata: { generation, deletionTimestamp }, status = {} }: Seen): Kstatus {
  if (deletionTimestamp !== undefined && deletionTimestamp !== '') {
    return { status: 'Terminating', message: 'Resource scheduled for deletion' };
  }
  const { observedGeneration, conditions = [] } = status;
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration !== generation) {
    const message = `${kind} generation is ${generation}, but latest observed generation is ${observedGeneration}`;
    return { status: 'InProgress', message };
  }
  for (const { type, status: is, message } of conditions) {
    if (type === 'Reconciling' && is === 'True') return { status: 'InProgress', message };
    if (type === 'Stalled' && is === 'True') return { status: 'Failed', message };
  }
  const ready = conditions.find(
    ({ type, status: is }) => type === 'Ready' && ['True', 'False', 'Unknown'].includes(is),
  );
  if (ready === undefined) return { status: 'Current', message: 'Resource is current' };
  if (ready.status === 'True') return { status: 'Current', message: 'Resource is Ready' };
  return { status: 'InProgress', message: ready.message };
}
