import { expect } from 'vitest';
import type { RunView } from '../../core/admin/schema.ts';
import { endedView } from '../admin/testing/runViews.ts';
import { keeperDocument } from './keepers.ts';
import { type Case, closedRegistry, describeDecisions, held, under } from './testing/decisions.ts';
import { digestA, plannedOf, policyOf } from './testing/objects.ts';

const going = (view: RunView): RunView => view;
const ended =
  (reason: string, message = 'as scripted') =>
  (view: RunView) =>
    endedView(view, { reason, message });
const edited = { metadata: { generation: 2, ...held } };
const deleting = { deletionTimestamp: '2026-11-23T11:59:58Z' };

const cases: readonly Case[] = [
  {
    name: 'waits for a window: it is not evaluated over and over',
    facts: under('unknown', { registry: closedRegistry }),
    ready: 'Unknown WaitingForWindow',
    kstatus: 'InProgress',
    effects: ['liftFinalizer'],
    outcome: 'again',
  },
  {
    name: 'has a run that goes on: it is looked at, and nothing else',
    facts: under(going),
    ready: 'Unknown Enforcing',
    kstatus: 'InProgress',
    effects: [],
    outcome: 'again',
    events: [],
  },
  {
    name: 'has a run of which nothing was heard for long: it is ordered again',
    facts: under(going, { unchangedMs: 15_000 }),
    ready: 'Unknown Enforcing',
    kstatus: 'InProgress',
    effects: ['order'],
  },
  {
    name: 'has a run that was written down and that nobody knows: it is ordered',
    facts: under('unknown'),
    ready: 'Unknown Enforcing',
    kstatus: 'InProgress',
    effects: ['order'],
  },
  {
    name: 'has a run that nobody can tell of: it is waited for',
    facts: under('silent'),
    ready: 'Unknown Enforcing',
    kstatus: 'InProgress',
    effects: [],
    has: { runRef: { name: expect.any(String) as string } },
  },
  {
    name: 'has a run that is done',
    facts: under((view) => ({
      ...endedView(view),
      sweep: {
        ...view.sweep,
        removed: 5,
        removedBySteps: { ...view.sweep.removedBySteps, tag: 3, untagged: 2 },
        spared: 1,
        undoableUntil: '2026-11-24T02:30:00Z',
      },
    })),
    ready: 'True Enforced',
    kstatus: 'Current',
    effects: ['liftFinalizer'],
    message: /removed 5 and spared 1$/,
    has: {
      result: { deleted: 5, spared: 1, undoableUntil: '2026-11-24T02:30:00Z' },
      lastEnforcedTime: '2026-11-23T02:30:00.000Z',
    },
    hasNot: ['runRef'],
    events: ['Normal Enforced'],
  },
  {
    name: 'has a run that tells of no moment that there is',
    facts: under((view) => ({ ...endedView(view, { at: 'soon' }), sweep: { ...view.sweep, undoableUntil: 'never' } })),
    ready: 'True Enforced',
    kstatus: 'Current',
    has: { result: { deleted: 0, spared: 0 }, lastEnforcedTime: '2026-11-23T02:30:00.000Z' },
  },
  {
    name: 'G8: has a run that was over its limits when it came to it',
    facts: under(ended('LimitExceeded', 'every tag of team-a/app')),
    ready: 'False LimitExceeded',
    kstatus: 'Failed',
    effects: ['liftFinalizer'],
    outcome: 'stalled',
    message: new RegExp(`^every tag of team-a/app; set spec.approvedPlan: ${digestA}`),
    hasNot: ['runRef', 'lastEnforcedTime'],
  },
  {
    name: 'G7: has a run of which nothing that was approved was left',
    facts: under(ended('PlanChanged')),
    ready: 'False PlanChanged',
    kstatus: 'Failed',
    outcome: 'stalled',
    hasNot: ['runRef'],
  },
  {
    name: 'has a run that was held up by protections',
    facts: under(ended('ProtectionsStale', 'protections of cluster are stale')),
    ready: 'False ProtectionsStale',
    kstatus: 'InProgress',
    effects: ['liftFinalizer'],
    outcome: 'again',
    has: { runRef: { name: expect.any(String) as string } },
  },
  {
    name: 'G1: has a run that met a doubt',
    facts: under(ended('Doubt', 'a/b is unreadable')),
    ready: 'False Doubt',
    kstatus: 'Failed',
    outcome: 'again',
  },
  {
    name: 'has a run that came to nothing a while ago: it is evaluated anew',
    facts: under(ended('Busy'), { unchangedMs: 20_000 }),
    planned: plannedOf({}, 'plan-main-2'),
    ready: 'Unknown Enforcing',
    kstatus: 'InProgress',
    effects: ['forgetPlan', 'order'],
    has: { report: { run: 'plan-main-2', items: 4 } },
  },
  {
    name: 'was edited while its run goes on: that one stops',
    facts: under(going, edited),
    ready: 'Unknown Cancelling',
    kstatus: 'InProgress',
    effects: ['cancel'],
    outcome: 'again',
    events: ['Normal Cancelling'],
    has: { runRef: { name: expect.any(String) as string } },
  },
  {
    name: 'was suspended while its run goes on: that one stops',
    facts: under(going, { spec: { suspend: true }, ...edited }),
    ready: 'Unknown Cancelling',
    kstatus: 'InProgress',
    effects: ['cancel'],
  },
  {
    name: 'R1: has a run, and another policy keeps more by now: that one stops',
    facts: under(going, { keepers: [keeperDocument(policyOf({}, {}, { name: 'other' }))] }),
    ready: 'Unknown Cancelling',
    kstatus: 'InProgress',
    effects: ['cancel'],
    message: /another policy/,
  },
  {
    name: 'has a run, and windows may not open any more: that one stops',
    facts: under(going, { registry: closedRegistry }),
    ready: 'Unknown Cancelling',
    kstatus: 'InProgress',
    effects: ['cancel'],
  },
  {
    name: 'was edited, and its run has stopped: what is new is evaluated',
    facts: under(ended('Cancelled'), edited),
    planned: { is: 'pending' },
    ready: 'Unknown Evaluating',
    kstatus: 'InProgress',
    effects: ['liftFinalizer'],
    hasNot: ['runRef'],
  },
  {
    name: 'was edited, and its run was done before it could stop: its result counts, and what is new is evaluated',
    facts: under(ended('Completed'), edited),
    ready: 'Unknown Evaluating',
    kstatus: 'InProgress',
    effects: ['liftFinalizer'],
    has: { lastEnforcedTime: '2026-11-23T02:30:00.000Z' },
    hasNot: ['runRef'],
  },
  {
    name: 'was suspended, and its run has stopped',
    facts: under(ended('Cancelled'), { spec: { suspend: true }, ...edited }),
    ready: 'True Suspended',
    kstatus: 'Current',
    effects: ['liftFinalizer'],
    hasNot: ['runRef'],
  },
  {
    name: 'has a run that was refused for what it holds',
    facts: under('unknown', { run: { is: 'refused', message: 'the registry refused the run', isOurs: true } }),
    ready: 'False InvalidSpec',
    kstatus: 'Failed',
    outcome: 'again',
  },
  {
    name: 'has a run that was refused for now',
    facts: under('unknown', { run: { is: 'refused', message: 'the registry refused the run', isOurs: false } }),
    ready: 'False RegistryNotReady',
    kstatus: 'InProgress',
    outcome: 'again',
  },
  {
    name: 'is being deleted while its run goes on: that one stops',
    facts: under(going, { metadata: deleting }),
    ready: 'undefined',
    kstatus: 'Terminating',
    effects: ['cancel'],
    outcome: 'again',
  },
  {
    name: 'is being deleted, and its run has ended',
    facts: under(ended('Cancelled'), { metadata: deleting }),
    ready: 'undefined',
    kstatus: 'Terminating',
    effects: ['liftFinalizer'],
    outcome: 'settled',
  },
  {
    name: 'is being deleted, and nobody can tell of its run for seconds: it goes all the same',
    facts: under('silent', { metadata: { deletionTimestamp: '2026-11-23T11:59:54Z' } }),
    ready: 'undefined',
    kstatus: 'Terminating',
    effects: ['liftFinalizer'],
    outcome: 'settled',
    events: ['Warning RunLeftBehind'],
  },
  {
    name: 'is being deleted, and somebody else holds it',
    facts: under(going, { metadata: { ...deleting, finalizers: ['other.dev/x'] } }),
    ready: 'undefined',
    kstatus: 'Terminating',
    effects: [],
    outcome: 'settled',
  },
];

describeDecisions('what becomes of a policy whose run was decided on: it', cases);
