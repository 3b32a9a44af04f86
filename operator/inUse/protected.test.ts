import { describe, expect, it } from 'vitest';
import { ownHosts } from './ownHosts.ts';
import { Protected } from './protected.ts';

const hex = 'd'.repeat(64);
const digest = `sha256:${hex}`;
const none = { references: [], ids: [], hints: [] };

function protectedBy(images: Partial<typeof none> | object, aliases: readonly string[] = []): readonly string[] {
  const used = new Protected(ownHosts(aliases));
  used.add({ ...none, ...images });
  const { digests, tags } = used.listed();
  return [...digests, ...tags.map(({ repository, tag }) => `${repository}:${tag}`)];
}

const aliases = ['registry.example.com', 'Mirror.example.com:5000'];

describe('what is in use', () => {
  it.each([
    ['registry.example.com/team/app:v1', ['team/app:v1']],
    ['REGISTRY.example.com:443/team/app:v1', ['team/app:v1']],
    ['registry.example.com/team/app', ['team/app:latest']],
    ['mirror.example.com:5000/team/app:v1', ['team/app:v1']],
    ['mirror.example.com/team/app:v1', []],
    ['registry.example.com:5000/team/app:v1', []],
    ['registry.example.com.evil.org/team/app:v1', []],
    ['team/app:v1', []],
    [`registry.example.com/team/app:v1@${digest}`, [digest, 'team/app:v1']],
    [`docker.io/team/app:v1@${digest}`, [digest]],
    ['registry.example.com/Team/App:v1', []],
    ['', []],
  ])('by %j of a registry with names is %j', (reference, expected) => {
    expect(protectedBy({ references: [reference] }, aliases)).toEqual(expected);
  });

  it.each([
    ['app:v1', [], ['library/app:v1']],
    ['anything.example.com/team/app:v1', [], ['team/app:v1']],
    ['app:v1', ['docker.io'], ['library/app:v1']],
    ['app:v1', ['index.docker.io'], ['library/app:v1']],
    ['anything.example.com/team/app:v1', ['docker.io'], []],
  ])('by %j of a registry with the names %j is %j', (reference, names, expected) => {
    expect(protectedBy({ references: [reference] }, names)).toEqual(expected);
  });

  it.each([
    [`registry.example.com/team/app@${digest}`, [digest]],
    [`docker.io/library/nginx@${digest}`, [digest]],
    [`docker-pullable://registry.example.com/team/app@${digest}`, [digest]],
    [`docker://${digest}`, [digest]],
    [digest, [digest]],
    [hex, [digest]],
    ['registry.example.com/team/app:v1', ['team/app:v1']],
    ['docker.io/library/alpine:3', []],
    ['', []],
  ])('by a container whose runtime says %j is %j', (id, expected) => {
    expect(protectedBy({ ids: [id] }, aliases)).toEqual(expected);
  });

  it('is not known of a container whose runtime says what nobody understands, and all else is', () => {
    const used = new Protected(ownHosts(aliases));
    const images = { references: ['registry.example.com/a:1'], ids: ['???', digest], hints: [] };
    expect(() => {
      used.add(images);
    }).toThrow('the image id "???" is not understood');
    expect(used.counts).toEqual({ digests: 1, tags: 1 });
  });

  it('is each once, in the same order, however it came', () => {
    const left = {
      hints: ['registry.example.com/b', 'no image', `x ${digest} y`],
      references: ['registry.example.com/a:2'],
    };
    const right = { references: [...left.hints, 'registry.example.com/a:2', 'registry.example.com/a:2'] };
    expect(protectedBy(left, aliases)).toEqual([digest, 'a:2', 'b:latest']);
    expect(protectedBy(right, aliases)).toEqual([digest, 'a:2', 'b:latest']);
  });
});
