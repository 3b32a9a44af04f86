import { describe, expect, it } from 'vitest';
import { alone, readOnlyByHand, start, told, Walk } from './testing/walk.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'main' };

describe('a Registry that is declared read-only', () => {
  const owner = 'Registry default/main';

  /** As the storage would then say. */
  function listen({ replicas }: Walk): void {
    const [reason] = replicas.readOnly.values();
    const readOnly = reason === undefined ? {} : { readOnly: { reason, owner, since: '2026-11-23T12:00:00Z' } };
    replicas.answerWith({ ...alone, gate: { ...alone.gate, ...readOnly } });
  }

  async function declared(): Promise<Walk> {
    const walk = await new Walk().apply({ readOnly: { enabled: true, reason: 'backup' } });
    await walk.at(start);
    listen(walk);
    await walk.at(start + 250);
    return walk;
  }

  it('W5: keeps its finalizer until it was withdrawn', async () => {
    const walk = await declared();
    expect([...walk.replicas.readOnly]).toEqual([[owner, 'backup']]);
    const registry = await walk.home.only('Registry', 'main');
    expect(registry.metadata.finalizers).toEqual(['coppice.dev/read-only']);
    expect(told(registry)).toEqual(['Ready=True/ReadOnly']);

    await walk.apply({ readOnly: { enabled: false } });
    const withdrawing = await walk.at(start + 10_000);
    expect(walk.replicas.readOnly.size).toBe(0);
    expect(withdrawing.metadata.finalizers).toEqual(['coppice.dev/read-only']);
    listen(walk);
    const after = await walk.at(start + 10_250);
    expect(after.metadata.finalizers ?? []).toEqual([]);
    expect(told(after)).toEqual(['Ready=True/Coherent']);
  });

  it('stands its finalizer before the replicas are told', async () => {
    const walk = await new Walk().apply({ readOnly: { enabled: true } });
    walk.replicas.declareReadOnly = async () => {
      expect((await walk.home.only('Registry', 'main')).metadata.finalizers).toEqual(['coppice.dev/read-only']);
      throw new Error('the process was killed');
    };
    await expect(walk.at(start)).rejects.toThrow('killed');
  });

  it('leaves what somebody else declared', async () => {
    const walk = await new Walk().apply({ readOnly: { enabled: true } });
    walk.replicas.answerWith({ ...alone, gate: { ...alone.gate, readOnly: readOnlyByHand } });
    expect(told(await walk.at(start))).toEqual(['Ready=True/ReadOnly']);
    await walk.apply({});
    expect((await walk.at(start)).metadata.finalizers ?? []).toEqual([]);
    expect(walk.replicas.readOnly.size).toBe(0);
  });

  it('withdraws it when it is deleted', async () => {
    const walk = await declared();
    await walk.home.remove('Registry', 'main');
    expect(await walk.reconcile()).toEqual({ kind: 'settled' });
    expect(walk.replicas.readOnly.size).toBe(0);
    expect(await walk.home.get('Registry', key, signal)).toBeUndefined();
  });

  it('is gone within seconds also when no replica can be told, and says what that leaves', async () => {
    const walk = await declared();
    walk.replicas.isSilent = true;
    await walk.home.remove('Registry', 'main');
    expect(await walk.reconcile()).toMatchObject({ kind: 'again', afterMs: 1000 });
    walk.nowMs += 5000;
    expect(await walk.reconcile()).toEqual({ kind: 'settled' });
    expect(await walk.home.get('Registry', key, signal)).toBeUndefined();
    expect(walk.events().at(-1)).toBe('Warning ReadOnlyLeft');
  });
});
