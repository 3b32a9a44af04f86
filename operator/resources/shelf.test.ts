import { expect, it } from 'vitest';
import { requestBody, ScriptedHome } from '../runtime/testing/scriptedHome.ts';
import { keyOf, type Resource } from './home.ts';
import { compareVersions, Shelf } from './shelf.ts';

const { DeleteRequest: made } = new ScriptedHome().shelves;
type Request = Resource<'DeleteRequest'>;

function filled(...items: readonly Request[]): Shelf<'DeleteRequest'> {
  const shelf = new Shelf<'DeleteRequest'>();
  shelf.fill(made.list());
  shelf.fill({ items, resourceVersion: made.list().resourceVersion });
  return shelf;
}

const versionIn = (shelf: Shelf<'DeleteRequest'>, object: Request): string | undefined =>
  shelf.get(keyOf(object))?.metadata.resourceVersion;
const named = (objects: readonly Request[]): readonly string[] => objects.map(({ metadata: { name } }) => name);

it('is not to be believed before a whole list was put on it', () => {
  const shelf = new Shelf<'DeleteRequest'>();
  expect(shelf.isFilled).toBe(false);
  shelf.fill({ items: [], resourceVersion: '0' });
  expect(shelf.isFilled).toBe(true);
});

it('holds what is newest, whoever tells it first: the watch, or who wrote it', () => {
  const [first, second, third] = [
    made.put('a', requestBody()),
    made.put('a', requestBody()),
    made.put('a', requestBody()),
  ];
  const shelf = filled(first);
  shelf.note(third);
  shelf.take({ type: 'MODIFIED', object: second });
  expect(versionIn(shelf, first)).toBe(third.metadata.resourceVersion);
  shelf.take({ type: 'MODIFIED', object: third });
  shelf.note(second);
  expect(versionIn(shelf, first)).toBe(third.metadata.resourceVersion);
  shelf.fill({ items: [second], resourceVersion: second.metadata.resourceVersion });
  expect(versionIn(shelf, first)).toBe(third.metadata.resourceVersion);
});

it('does not bring back what is gone, for who wrote it last', () => {
  const first = made.put('b', requestBody());
  const last = made.put('b', requestBody());
  made.remove('b');
  const shelf = filled(first);
  shelf.take({ type: 'DELETED', object: last });
  shelf.note(last);
  expect(shelf.get(keyOf(first))).toBeUndefined();
  const anew = made.put('b', requestBody());
  shelf.take({ type: 'ADDED', object: anew });
  shelf.note({ ...last, metadata: { ...last.metadata, resourceVersion: '999' } });
  expect(shelf.get(keyOf(first))?.metadata.uid).toBe(anew.metadata.uid);
  shelf.take({ type: 'DELETED', object: last });
  expect(shelf.get(keyOf(first))?.metadata.uid).toBe(anew.metadata.uid);
});

it('finds what refers to a Registry, also after it was led to another one, and nothing that is gone', () => {
  const [a, b] = [made.put('a', requestBody()), made.put('b', requestBody())];
  const shelf = filled(a, b);
  const main = { namespace: 'default', name: 'main' };
  const other = { namespace: 'default', name: 'other' };
  expect(named(shelf.referringTo(main))).toEqual(['a', 'b']);
  shelf.take({ type: 'MODIFIED', object: made.put('a', requestBody('other')) });
  shelf.take({ type: 'DELETED', object: b });
  expect([named(shelf.referringTo(main)), named(shelf.referringTo(other))]).toEqual([[], ['a']]);
  shelf.fill({ items: [b], resourceVersion: '999' });
  expect([named(shelf.referringTo(main)), named(shelf.referringTo(other))]).toEqual([['b'], []]);
  expect(shelf.referringTo({ namespace: 'elsewhere', name: 'main' })).toEqual([]);
});

it.each([
  ['9', '10', -1],
  ['10', '9', 1],
  ['10', '10', 0],
  ['', '1', -1],
  ['9007199254740993', '9007199254740992', 1],
])('version %s beside %s', (left, right, sign) => {
  expect(Math.sign(compareVersions(left, right))).toBe(sign);
});
