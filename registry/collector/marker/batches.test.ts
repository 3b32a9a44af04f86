import { describe, expect, it } from 'vitest';
import { digest, World } from '../../../core/reach/testing/world.ts';
import { Batches } from './batches.ts';

const nothing = { touched: [], tombstones: [], protections: { digests: [], tags: [] }, acknowledgedAt: 0 };

/** What is named, window after window, if of each batch goes what `goes`. */
async function namedOf(world: World, goes: (step: string) => boolean): Promise<string[]> {
  const batches = new Batches(await world.mark(), await world.plan());
  const named: string[] = [];
  while (batches.choose(100).length > 0) {
    batches.spare(nothing);
    for (let next = batches.next(8); next.length > 0; next = batches.next(8)) {
      const items = next.flatMap((at) => batches.batch[at] ?? []);
      named.push(...items.map((item) => `${item.step} ${item.digest}`));
      batches.told(items.every(({ step }) => goes(step)) ? 'went' : 'stayed');
    }
  }
  return named;
}

describe('a plan on its way through windows', () => {
  const world = (): World => new World().push('a', 'garbage', { config: 'c', layers: ['l', 'm'] });
  const of = (step: string, ...names: string[]): string[] => names.map((name) => `${step} ${digest(name)}`);

  it('names manifests, then links of layers, then data', async () => {
    const blobs = ['c', 'l', 'm'];
    const named = await namedOf(world(), () => true);
    expect(named.slice(0, 1)).toEqual(of('manifest', 'garbage'));
    expect(named.slice(1, 4).sort()).toEqual(of('layer', ...blobs).sort());
    expect(named.slice(4).sort()).toEqual(of('data', ...blobs, 'garbage').sort());
  });

  it('G2: names nothing that something refers to which stayed', async () => {
    expect(await namedOf(world(), () => false)).toEqual(of('manifest', 'garbage'));
    const named = await namedOf(world(), (step) => step !== 'layer');
    expect(named.filter((each) => each.startsWith('data'))).toEqual(of('data', 'garbage'));
  });
});
