import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { TestWorld } from '../window/testing/testWorld.ts';
import type { ManifestRules } from './manifestRules.ts';
import { digestOfText, imageOf, indexOf, TestRegistry } from './testing/testRegistry.ts';
import { urlRule } from './urlPatterns.ts';

let world: TestWorld;
let config: Digest;
let here: Digest;
beforeAll(async () => {
  world = await TestWorld.onDisk();
  const registry = await TestRegistry.on(world);
  config = await registry.blob('{}');
  here = await registry.image('here');
});
afterAll(async () => {
  await world.close();
});

const absent = digestOfText('never pushed');
const registryWith = (rules: Omit<ManifestRules, 'validation'>, validation: 'full' | 'disabled' = 'full') =>
  TestRegistry.on(world, { rules, validation });
const fetchedFrom = (...urls: readonly unknown[]): object =>
  imageOf(config, [], { layers: [{ digest: absent, size: 1, urls }] });

describe('URLs that a manifest names', () => {
  const lists = {
    none: { allow: [], deny: [] },
    allow: { allow: ['^https?://([^/]+\\.)*example\\.com/', 'cdn'], deny: [] },
    deny: { allow: [], deny: ['//internal\\.'] },
    both: { allow: ['example'], deny: ['//internal\\.'] },
  };
  it.each([
    ['none', 'https://anything.example/x', true],
    ['none', 'ftp://anything.example/x', false],
    ['none', 'https://anything.example/x#y', false],
    ['none', '', false],
    ['none', `https://example.com/${'x'.repeat(2048)}`, false],
    ['allow', 'https://a.example.com/x', true],
    ['allow', 'http://cdn.example.org/', true],
    ['allow', 'https://example.com.evil.org/', false],
    ['deny', 'https://elsewhere.org/', true],
    ['deny', 'https://internal.example/', false],
    ['both', 'https://www.example/', true],
    ['both', 'https://internal.example/', false],
    ['both', 'https://elsewhere.org/', false],
  ] as const)('with %s: %s is allowed: %s', (list, url, isAllowed) => {
    expect(urlRule(lists[list])(url)).toBe(isAllowed);
  });

  it('are each looked at before anything is written, and refused by name', async () => {
    const registry = await registryWith({ mayNameUrl: urlRule(lists.allow) });
    expect(await registry.push(fetchedFrom('https://example.com/a', 'https://evil.org/b'))).toEqual({
      is: 'notUnderstood',
      why: 'it names "https://evil.org/b", which is not allowed here',
    });
    expect(await registry.push(fetchedFrom(7))).toMatchObject({ is: 'notUnderstood' });
    expect(await registry.push(fetchedFrom('https://example.com/a'))).toMatchObject({ is: 'pushed' });
  });

  it('are nobody’s business where nothing is said of them, or validation is disabled', async () => {
    for (const registry of [
      await registryWith({}),
      await registryWith({ mayNameUrl: urlRule(lists.allow) }, 'disabled'),
    ]) {
      expect(await registry.push(fetchedFrom('https://evil.org/b'))).toMatchObject({ is: 'pushed' });
    }
  });
});

describe('entries of an index', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const arm64 = { os: 'linux', architecture: 'arm64' };
  const index = (...entries: readonly (readonly [Digest, object?])[]): object =>
    indexOf([], { manifests: entries.map(([digest, platform]) => ({ digest, size: 1, platform })) });

  it.each([
    { name: 'all', entries: 'all', missing: [absent] },
    { name: 'none', entries: 'none', missing: [] },
    { name: 'of the platform', entries: [amd64, arm64], missing: [absent] },
    { name: 'of another platform', entries: [amd64], missing: [] },
  ] as const)('must be here: $name', async ({ entries, missing }) => {
    const registry = await registryWith({ entries });
    const outcome = await registry.push(index([here, amd64], [absent, arm64]));
    expect(outcome).toMatchObject(missing.length === 0 ? { is: 'pushed' } : { is: 'missing', digests: missing });
  });

  it('must be here where they do not say what they run on, and so must layers whatever is said of entries', async () => {
    expect(await (await registryWith({ entries: [amd64] })).push(index([absent]))).toMatchObject({ is: 'missing' });
    const lenient = await registryWith({ entries: 'none' });
    expect(await lenient.push(imageOf(config, [absent]))).toMatchObject({ is: 'missing' });
  });
});
