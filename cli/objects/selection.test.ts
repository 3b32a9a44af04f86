import { describe, expect, it } from 'vitest';
import type { AnyResource } from '../../operator/resources/home.ts';
import { askedFor, scopeOf, select } from './selection.ts';

function object(kind: 'Registry' | 'CollectionRun', namespace: string, name: string): AnyResource {
  const metadata = {
    ...{ namespace, name, uid: name, resourceVersion: '1', generation: 1 },
    creationTimestamp: '2026-11-23T12:00:00Z',
  };
  const status = { observedGeneration: -1 };
  return kind === 'Registry'
    ? { apiVersion: 'coppice.dev/v1alpha1', kind, metadata, spec: {}, status }
    : { apiVersion: 'coppice.dev/v1alpha1', kind, metadata, spec: { registryRef: { name: 'main' } }, status };
}

describe('what is asked for', () => {
  it.each([
    [['registry'], ['Registry']],
    [['registries'], ['Registry']],
    [['CRegistry'], ['Registry']],
    [['Registries.coppice.dev'], ['Registry']],
    [['delreq,RETPOL'], ['RetentionPolicy', 'DeleteRequest']],
    [['coppice'], ['Registry', 'RetentionPolicy', 'DeleteRequest', 'CollectionRun']],
    [['all'], ['Registry', 'RetentionPolicy', 'DeleteRequest', 'CollectionRun']],
  ])('%j is every object of %j', (operands, kinds) => {
    expect(askedFor(operands)).toEqual({ kinds, names: 'all' });
  });

  it('is by name after a kind, or with it', () => {
    const named = [
      { kind: 'CollectionRun', name: 'a' },
      { kind: 'CollectionRun', name: 'b' },
    ];
    expect(askedFor(['colrun', 'a', 'b'])).toEqual({ named });
    expect(askedFor(['colrun/a', 'collectionruns/b'])).toEqual({ named });
  });

  it.each([
    [[], 'name the kind of resource'],
    [['pods'], 'error: the server doesn\'t have a resource type "pods"'],
    [['colrun/a', 'b'], '"b" is not KIND/NAME'],
    [['colrun/a/b'], '"colrun/a/b" is not KIND/NAME'],
    [['coppice/a'], '"coppice/a" is not KIND/NAME'],
  ])('%j is refused', (operands, says) => {
    expect(() => askedFor(operands)).toThrow(says);
  });
});

describe('the namespaces that are looked at', () => {
  const here = [object('Registry', 'team', 'a'), object('CollectionRun', 'team', 'b')];

  it('are the one that all objects are in, or all of several', () => {
    expect(scopeOf(here, undefined, false)).toEqual({ in: 'one', namespace: 'team' });
    expect(scopeOf([], undefined, false)).toEqual({ in: 'one', namespace: 'default' });
    expect(scopeOf([...here, object('Registry', 'x', 'a')], undefined, false)).toEqual({ in: 'all' });
  });

  it('are what was asked for', () => {
    expect(scopeOf(here, 'other', false)).toEqual({ in: 'one', namespace: 'other' });
    expect(scopeOf(here, undefined, true)).toEqual({ in: 'all' });
    expect(() => scopeOf(here, 'team', true)).toThrow('give one of -n and -A');
  });
});

describe('what is found', () => {
  const objects = [
    object('CollectionRun', 'b', 'one'),
    object('Registry', 'b', 'main'),
    object('Registry', 'a', 'main'),
    object('Registry', 'a', 'aa'),
  ];
  const names = (found: readonly AnyResource[]): readonly string[] =>
    found.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`);

  it('is by kind, namespace and name', () => {
    const { found } = select(objects, askedFor(['all']), { in: 'all' });
    expect(names(found)).toEqual(['Registry a/aa', 'Registry a/main', 'Registry b/main', 'CollectionRun b/one']);
    expect(names(select(objects, askedFor(['cregistry']), { in: 'one', namespace: 'b' }).found)).toEqual([
      'Registry b/main',
    ]);
  });

  it('is missing in the words of an API server', () => {
    const { found, missing } = select(objects, askedFor(['colrun', 'one', 'two']), { in: 'one', namespace: 'b' });
    expect(names(found)).toEqual(['CollectionRun b/one']);
    expect(missing).toEqual(['Error from server (NotFound): collectionruns.coppice.dev "two" not found']);
  });
});
