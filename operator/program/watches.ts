import { isDeepStrictEqual } from 'node:util';
import { type Kind, keyOf, type ObjectKey, type ReadableHome, type Resource } from '../resources/home.ts';
import { intentChanged, type Watch, watchDependency, watchOwn } from '../runtime/watch.ts';

/*
 * What brings back what:
 *
 *   Registry ──(spec, conditions)──▶ its RetentionPolicies, DeleteRequests, CollectionRuns
 *   RetentionPolicy ──(spec)──▶ the other policies of its Registry, which it keeps from
 *   CollectionRun ──(spec, conditions)──▶ its Registry: last run, history
 *
 * A reconciler's own status brings nothing back: who wants to go on says `again`.
 */

type Referring = 'RetentionPolicy' | 'DeleteRequest' | 'CollectionRun';

export function watches(home: ReadableHome): Readonly<Record<Kind, readonly Watch[]>> {
  const ofRegistry = (kind: Referring): Watch =>
    watchDependency({
      kind: 'Registry',
      toKeys: (registry, signal) => referringTo(home, kind, registry.metadata, signal),
      matters: standsDifferently,
    });
  return {
    Registry: [
      watchOwn('Registry', intentChanged),
      watchDependency({ kind: 'CollectionRun', toKeys: (run) => [registryOf(run)], matters: standsDifferently }),
    ],
    RetentionPolicy: [
      watchOwn('RetentionPolicy', intentChanged),
      watchDependency({
        kind: 'RetentionPolicy',
        toKeys: (policy, signal) => referringTo(home, 'RetentionPolicy', registryOf(policy), signal),
        matters: (before, after) => before.metadata.generation !== after.metadata.generation,
      }),
      ofRegistry('RetentionPolicy'),
    ],
    DeleteRequest: [watchOwn('DeleteRequest', intentChanged), ofRegistry('DeleteRequest')],
    CollectionRun: [watchOwn('CollectionRun', intentChanged), ofRegistry('CollectionRun')],
  };
}

function registryOf({ metadata, spec }: Resource<Referring>): ObjectKey {
  return { namespace: metadata.namespace, name: spec.registryRef.name };
}

async function referringTo(
  home: ReadableHome,
  kind: Referring,
  registry: ObjectKey,
  signal: AbortSignal,
): Promise<readonly ObjectKey[]> {
  const { items } = await home.list(kind, signal);
  return items
    .map((item): readonly [ObjectKey, ObjectKey] => [keyOf(item), registryOf(item)])
    .filter(([, { namespace, name }]) => namespace === registry.namespace && name === registry.name)
    .map(([key]) => key);
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
