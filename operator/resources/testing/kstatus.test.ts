import { describe, expect, it } from 'vitest';
import { kstatusOf } from './kstatus.ts';

type Seen = Parameters<typeof kstatusOf>[0];
type Conditions = NonNullable<NonNullable<Seen['status']>['conditions']>;

function condition(type: string, status: string, message = `${type} is ${status}`): Conditions[number] {
  return { type, status, reason: 'AsItIs', message };
}

const observed = { generation: 3 };
function withConditions(...conditions: Conditions): Seen {
  return { kind: 'DeleteRequest', metadata: observed, status: { observedGeneration: 3, conditions } };
}

const cases: { name: string; seen: Seen; status: string; message: string }[] = [
  {
    name: 'is terminating from its deletion on, whatever its conditions',
    seen: { ...withConditions(condition('Ready', 'True')), metadata: { generation: 3, deletionTimestamp: 'then' } },
    status: 'Terminating',
    message: 'Resource scheduled for deletion',
  },
  {
    name: 'is in progress while its generation was not observed, also where it was ready before',
    seen: { ...withConditions(condition('Ready', 'True')), metadata: { generation: 4 } },
    status: 'InProgress',
    message: 'DeleteRequest generation is 4, but latest observed generation is 3',
  },
  {
    name: 'is in progress with the status that the schema defaults',
    seen: { kind: 'Registry', metadata: { generation: 1 }, status: { observedGeneration: -1 } },
    status: 'InProgress',
    message: 'Registry generation is 1, but latest observed generation is -1',
  },
  {
    name: 'is in progress while Reconciling is True, also where Ready is',
    seen: withConditions(condition('Ready', 'True'), condition('Reconciling', 'True')),
    status: 'InProgress',
    message: 'Reconciling is True',
  },
  {
    name: 'has failed while Stalled is True',
    seen: withConditions(condition('Ready', 'False'), condition('Stalled', 'True')),
    status: 'Failed',
    message: 'Stalled is True',
  },
  {
    name: 'is what the first of Reconciling and Stalled says',
    seen: withConditions(condition('Stalled', 'True'), condition('Reconciling', 'True')),
    status: 'Failed',
    message: 'Stalled is True',
  },
  {
    name: 'is not what a condition says that is not True',
    seen: withConditions(
      condition('Reconciling', 'False'),
      condition('Stalled', 'Unknown'),
      condition('Ready', 'True'),
    ),
    status: 'Current',
    message: 'Resource is Ready',
  },
  {
    name: 'is in progress while Ready is False and nothing says more',
    seen: withConditions(condition('Ready', 'False', 'soon')),
    status: 'InProgress',
    message: 'soon',
  },
  {
    name: 'is in progress while Ready is Unknown',
    seen: withConditions(condition('Ready', 'Unknown', 'we shall see')),
    status: 'InProgress',
    message: 'we shall see',
  },
  {
    name: 'is current without any of these conditions',
    seen: withConditions(condition('Succeeded', 'Unknown')),
    status: 'Current',
    message: 'Resource is current',
  },
  {
    name: 'is current without a status at all',
    seen: { kind: 'Registry', metadata: {} },
    status: 'Current',
    message: 'Resource is current',
  },
];

describe('kstatus', () => {
  it.each(cases)('$name', ({ seen, status, message }) => {
    expect(kstatusOf(seen)).toEqual({ status, message });
  });
});
