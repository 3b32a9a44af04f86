import { isDeepStrictEqual } from 'node:util';
import { type Kind, keyOf, type Resource } from '../resources/home.ts';
import { type Referring, registryKeyOf } from '../resources/referring.ts';
import type { Shelves } from '../resources/shelf.ts';
import { intentChanged, type Watch, watchDependency, watchOwn } from '../runtime/watch.ts';

/*
 * What brings back what:
 *
 *   Registry ──(spec, conditions)──▶ its RetentionPolicies, DeleteRequests, CollectionRuns
 *   RetentionPolicy ──(spec)──▶ the other policies of its Registry, which it keeps from
 *   CollectionRun ──(spec, conditions)──▶ its Registry: last run, history
 *
 * A reconciler's own status brings nothing back: who wants to go on says `again`. What refers to a Registry is looked for on the shelves: an object that is
 * not on one yet is new to it, and comes by itself.
 */

export function watches(shelves: Shelves): Readonly<Record<Kind, readonly Watch[]>> {
  const ofRegistry = (kind: Referring): Watch =>
    watchDependency({
      kind: 'Registry',
      toKeys: (registry) => shelves[kind].referringTo(registry.metadata).map(keyOf),
      matters: standsDifferently,
    });
  return {
    Registry: [
      watchOwn('Registry', intentChanged),
      watchDependency({ kind: 'CollectionRun', toKeys: (run) => [registryKeyOf(run)], matters: standsDifferently }),
    ],
    RetentionPolicy: [
      watchOwn('RetentionPolicy', intentChanged),
      watchDependency({
        kind: 'RetentionPolicy',
        toKeys: (policy) => shelves.RetentionPolicy.referringTo(registryKeyOf(policy)).map(keyOf),
        matters: (before, after) => before.metadata.generation !== after.metadata.generation,
      }),
      ofRegistry('RetentionPolicy'),
    ],
    DeleteRequest: [watchOwn('DeleteRequest', intentChanged), ofRegistry('DeleteRequest')],
    CollectionRun: [watchOwn('CollectionRun', intentChanged), ofRegistry('CollectionRun')],
  };
}

/**
 * Gates, replicas and progress change all the time; what others act on is what an object is to be, what its conditions say, and for which version of its
 * spec.
 */
function standsDifferently<K extends 'Registry' | 'CollectionRun'>(before: Resource<K>, after: Resource<K>): boolean {
  return intentChanged(before, after) || !isDeepStrictEqual(standingOf(before), standingOf(after));
}

function standingOf({ status }: Resource<'Registry' | 'CollectionRun'>): readonly unknown[] {
  const { conditions = [], observedGeneration } = status;
  return [observedGeneration, ...conditions.map(({ type, status: is, reason }) => [type, is, reason])];
}
