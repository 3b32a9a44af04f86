import { describe, expect, it } from 'vitest';
import type { RunView } from '../../core/admin/schema.ts';
import { startingView } from '../admin/testing/runViews.ts';
import type { CollectionRunSpec } from '../api/types.ts';
import { kstatusOf } from '../resources/testing/kstatus.ts';
import { audit, messageOf, sweep, told, Walk } from './testing/walk.ts';

const hour = 3_600_000;

const ends: {
  name: string;
  spec?: Partial<CollectionRunSpec>;
  ended: Partial<NonNullable<RunView['ended']>>;
  more?: Partial<RunView>;
  conditions: readonly string[];
  kstatus: 'Current' | 'Failed';
  message: string;
}[] = [
  {
    name: 'that is through',
    ended: {},
    more: { sweep, audit },
    conditions: ['Succeeded=True/Completed', 'Ready=True/Completed'],
    kstatus: 'Current',
    message: 'removed 7 (4200 bytes), spared 1; the audit found nothing missing',
  },
  {
    name: 'after which something is missing',
    ended: {},
    more: { sweep, audit: { ...audit, missing: 2, putBack: 1, missingItems: ['a@sha256:1', 'b@sha256:2'] } },
    conditions: ['Succeeded=True/Completed', 'Ready=True/Completed'],
    kstatus: 'Current',
    message:
      'removed 7 (4200 bytes), spared 1; the audit found 2 missing, of which 1 were put back: a@sha256:1, b@sha256:2',
  },
  {
    name: 'that was to preview',
    spec: { mode: 'Preview' },
    ended: { reason: 'Preview', succeeded: true },
    more: { sweep },
    conditions: ['Succeeded=True/Previewed', 'Ready=True/Previewed'],
    kstatus: 'Current',
    message: 'it only previewed, as spec.mode says: 9 are unreachable',
  },
  {
    name: 'G1: on a storage that others wrote',
    ended: { reason: 'Preview', succeeded: true },
    more: { sweep },
    conditions: ['Succeeded=True/Previewed', 'Ready=True/Previewed'],
    kstatus: 'Current',
    message:
      'it only previewed, since others wrote this storage: 9 are unreachable; make another CollectionRun to remove what still is then',
  },
  {
    name: 'G8: over its limits',
    ended: { reason: 'LimitExceeded', message: '40 % of all tags, where 30 % may go' },
    conditions: ['Succeeded=False/LimitExceeded', 'Ready=False/LimitExceeded', 'Stalled=True/LimitExceeded'],
    kstatus: 'Failed',
    message:
      '40 % of all tags, where 30 % may go; make a CollectionRun with spec.limits that allow it, or raise spec.limits of Registry main',
  },
  ...['Doubt', 'ForeignWriter', 'ProtectionsStale', 'Fenced', 'StorageError', 'Overflow', 'InternalError'].map(
    (reason) => ({
      name: `that ended as ${reason}`,
      ended: { reason, message: 'why it was so' },
      conditions: [`Succeeded=False/${reason}`, `Ready=False/${reason}`, `Stalled=True/${reason}`],
      kstatus: 'Failed' as const,
      message: 'why it was so',
    }),
  ),
];

describe('the end of a CollectionRun', () => {
  it.each(ends)('$name', async ({ spec = {}, ended, more, conditions, kstatus, message }) => {
    const walk = await new Walk().apply(spec);
    await walk.step();
    await walk.end(ended, more);
    const object = await walk.step(250);
    expect(told(object)).toEqual(conditions);
    expect(messageOf(object)).toBe(message);
    expect(kstatusOf(object).status).toBe(kstatus);
    expect(object.status).toMatchObject({
      completionTime: expect.any(String) as string,
      executor: { instance: 'registry-1' },
    });
    expect(object.metadata.finalizers ?? []).toEqual([]);
    // Final: nothing is asked or written any more.
    walk.replicas.isSilent = true;
    const { resourceVersion } = object.metadata;
    expect((await walk.restart().step(24 * hour)).metadata.resourceVersion).toBe(resourceVersion);
    expect(walk.replicas.orders).toHaveLength(1);
  });

  it('G6: raises an alarm where something is missing', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.end({}, { audit: { ...audit, missing: 1, missingItems: ['a@sha256:1'] } });
    await walk.step(250);
    expect(walk.events()).toContain('Warning ContentMissing');
  });

  it.each(['Busy', 'Superseded', 'Cancelled', 'ReadOnly'])(
    'is none where it ended as %s: it is ordered again',
    async (reason) => {
      const walk = await new Walk().apply();
      await walk.step();
      const first = await walk.ordered();
      await walk.end({ reason });
      await walk.step(250);
      await walk.step(5000);
      expect(await walk.ordered()).not.toBe(first);
      expect(walk.replicas.orders).toHaveLength(2);
      expect((await walk.step()).status.runRef?.attempt).toBe(2);
    },
  );

  it('comes after twenty attempts in any case', async () => {
    const walk = await new Walk().apply();
    walk.replicas.onOrder = startingView;
    for (let attempts = 0; attempts < 25; attempts++) {
      await walk.step(hour);
      await walk.end({ reason: 'Busy' });
      await walk.step(hour);
    }
    expect(walk.replicas.orders).toHaveLength(20);
    expect(told(await walk.step())).toEqual(['Succeeded=False/Busy', 'Ready=False/Busy', 'Stalled=True/Busy']);
  });
});
