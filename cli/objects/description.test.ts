import { expect, it } from 'vitest';
import type { Resource } from '../../operator/resources/home.ts';
import { description } from './description.ts';

const registry: Resource<'Registry'> = {
  apiVersion: 'coppice.dev/v1alpha1',
  kind: 'Registry',
  metadata: {
    namespace: 'registry',
    name: 'main',
    uid: '6f1c',
    resourceVersion: '12',
    generation: 2,
    creationTimestamp: '2026-11-23T12:00:00Z',
    annotations: { 'coppice.dev/source': 'registry.yaml#1', another: 'x' },
  },
  spec: {
    endpoints: ['http://127.0.0.1:5443', 'http://127.0.0.1:5444'],
    limits: { maxDeletesPerRun: 5 },
    suspend: false,
  },
  status: {
    observedGeneration: 2,
    storageId: 'st\u001b[2J',
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        observedGeneration: 2,
        lastTransitionTime: '2026-11-23T12:00:01Z',
        reason: 'Coherent',
        message: 'every replica is one of its endpoints',
      },
    ],
  },
};

it('is what kubectl describe shows of a kind that it does not know, without what could write over the screen', () => {
  expect(description(registry, []).join('\n')).toBe(`Name:         main
Namespace:    registry
Labels:       <none>
Annotations:  another: x
              coppice.dev/source: registry.yaml#1
API Version:  coppice.dev/v1alpha1
Kind:         Registry
Metadata:
  Creation Timestamp:  2026-11-23T12:00:00Z
  Generation:          2
  Resource Version:    12
  UID:                 6f1c
Spec:
  Endpoints:
    http://127.0.0.1:5443
    http://127.0.0.1:5444
  Limits:
    Max Deletes Per Run:  5
  Suspend:                false
Status:
  Conditions:
    Last Transition Time:  2026-11-23T12:00:01Z
    Message:               every replica is one of its endpoints
    Observed Generation:   2
    Reason:                Coherent
    Status:                True
    Type:                  Ready
  Observed Generation:     2
  Storage Id:              st\u{fffd}[2J
Events:                    <none>`);
});

it('has the events under it', () => {
  expect(description(registry, ['Type    Reason', '----    ------']).slice(-3)).toEqual([
    'Events:',
    '  Type    Reason',
    '  ----    ------',
  ]);
});
