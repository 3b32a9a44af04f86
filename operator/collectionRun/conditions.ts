import type { RunView } from '../../core/admin/schema.ts';
import type { Wanted } from '../resources/conditions.ts';
import { type CollectionRun, removes } from './observed.ts';
import type { State } from './state.ts';

type Told = Exclude<State, { at: 'finished' }>;

/** Of an object in this state: `Succeeded`, `Ready`, and `Reconciling` or `Stalled`. */
export function conditionsOf(object: CollectionRun, state: Told): readonly Wanted[] {
  switch (state.at) {
    case 'completed':
      return succeeded('Completed', completedMessage(state.view));
    case 'previewed':
      return succeeded('Previewed', previewedMessage(object, state.view));
    case 'failed':
      return failed(state.reason, failedMessage(object, state.reason, state.message));
    case 'registryNotFound':
      return stalled(
        'RegistryNotFound',
        `spec.registryRef: there is no Registry ${object.spec.registryRef.name} in this namespace`,
      );
    case 'unanswered':
      return waiting('WaitingForRegistry', state.why, 'ProgressingWithRetry');
    case 'waitingForRegistry':
      return waiting('WaitingForRegistry', state.why, 'ProgressingWithRetry');
    case 'waitingForWindow':
      return waiting('WaitingForWindow', opensMessage(state.opensAt), 'Progressing');
    case 'starting':
      return waiting(workOf(object), `${state.order.id} is about to be ordered`, 'Progressing');
    case 'going':
      return waiting(workOf(object), `${state.followed.view.id} goes on`, 'Progressing');
    case 'stopping':
      return waiting(state.reason, `${state.why}: ${state.followed.view.id} ends at its next batch`, 'Progressing');
  }
}

function workOf(object: CollectionRun): string {
  return removes(object) ? 'Executing' : 'Planning';
}

function succeeded(reason: string, message: string): readonly Wanted[] {
  return ['Succeeded', 'Ready'].map((type) => ({ type, status: 'True', reason, message }));
}

function failed(reason: string, message: string): readonly Wanted[] {
  const no = ['Succeeded', 'Ready'].map((type): Wanted => ({ type, status: 'False', reason, message }));
  return [...no, { type: 'Stalled', status: 'True', reason, message }];
}

function stalled(reason: string, message: string): readonly Wanted[] {
  return [
    { type: 'Succeeded', status: 'Unknown', reason, message },
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Stalled', status: 'True', reason, message },
  ];
}

function waiting(reason: string, message: string, how: 'Progressing' | 'ProgressingWithRetry'): readonly Wanted[] {
  return [
    { type: 'Succeeded', status: 'Unknown', reason, message },
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'True', reason: how, message },
  ];
}

function completedMessage({ sweep, audit }: RunView): string {
  const removed = `removed ${sweep.removed} (${sweep.bytes} bytes), spared ${sweep.spared}`;
  if (audit === undefined) return removed;
  if (audit.missing === 0) return `${removed}; the audit found nothing missing`;
  const found = `${audit.missing} missing, of which ${audit.putBack} were put back`;
  return `${removed}; the audit found ${found}: ${audit.missingItems.slice(0, 5).join(', ')}`;
}

function previewedMessage(object: CollectionRun, { plan, sweep }: RunView): string {
  const found = `${plan?.suspects ?? sweep.suspects} are unreachable`;
  if (!removes(object)) return `it only previewed, as spec.mode says: ${found}`;
  return `it only previewed, since others wrote this storage: ${found}; make another CollectionRun to remove what still is then`;
}

function failedMessage({ spec: { registryRef } }: CollectionRun, reason: string, message: string): string {
  if (reason !== 'LimitExceeded') return message;
  return `${message}; make a CollectionRun with spec.limits that allow it, or raise spec.limits of Registry ${registryRef.name}`;
}

function opensMessage(opensAt: number | undefined): string {
  const when =
    opensAt === undefined ? 'no such time comes any more' : `the next begins ${new Date(opensAt).toISOString()}`;
  return `windows may not open now (spec.collection.allowed of the Registry); ${when}`;
}
