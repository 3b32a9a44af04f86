import { describe, expect, it } from 'vitest';
import type { Draft } from '../home.ts';
import { describeHome, type HomeUnderTest, requestDraft } from './homeSuite.ts';
import { MemoryHome } from './memoryHome.ts';

async function make(): Promise<HomeUnderTest> {
  const home = new MemoryHome({ refuses: true });
  return {
    home,
    apply: async (draft: Draft<'DeleteRequest'> | Draft<'Registry'>) => {
      await home.apply(draft);
    },
    remove: async (kind, name) => home.remove(kind, name),
    events: async (name) => home.events(name).map(({ reason, count }) => `${reason} x${count}`),
    goneVersions: (earlier) => {
      home.forgetHistory();
      return [earlier, '999999999999', 'x', ''];
    },
    endWatches: () => {
      home.endWatches();
    },
    close: async () => undefined,
  };
}

describeHome('memory home', make);

describe('memory home', () => {
  it('annotates beside what is annotated, as a user does', async () => {
    const home = new MemoryHome();
    await home.apply(requestDraft('a'));
    await home.annotate('DeleteRequest', 'a', { one: '1' });
    await home.annotate('DeleteRequest', 'a', { two: '2' });
    const { metadata } = await home.only('DeleteRequest', 'a');
    expect(metadata).toMatchObject({ generation: 1, annotations: { one: '1', two: '2' } });
  });
});
