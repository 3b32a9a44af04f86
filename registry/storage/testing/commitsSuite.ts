import { expect, it } from 'vitest';
import type { Driver } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { lifeId, namesAt, known, signal, textAt, utf8 } from './testStorage.ts';

const life = lifeId('l1');
const repository = '/docker/registry/v2/repositories/library/alpine';
const link = `${repository}/_manifests/tags/3.20/current/link`;
const upload = `${repository}/_uploads/u1/data.l1`;
const record = layout.life(life);

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(text);
}

export function describeCommits(another: () => Driver): void {
  it('lands a commit whole, makes the parents, and replaces what is there', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    expect(await driver.commit(life, link, utf8('sha256:aa'), signal)).toBe('landed');
    expect(await driver.commit(life, link, utf8('sha256:bb'), signal)).toBe('landed');
    expect(await textAt(driver, link)).toBe('sha256:bb');
    expect(await namesAt(driver, layout.stage(life))).toEqual([]);
  });

  it('W1: refuses every commit of a life that has ended, or never began, and changes nothing', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await driver.commit(life, link, utf8('old'), signal);
    await driver.commitRecord(life, record, utf8('old'), 'make', signal);
    await driver.append(upload, 0, once('bytes'), signal);
    await another().endLife(life, signal);
    const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';
    const outcomes = [
      await driver.commit(life, link, utf8('new'), signal),
      await driver.commit(life, `${repository}/_layers/sha256/ab/link`, utf8('new'), signal),
      await driver.commitFile(life, upload, blob, signal),
      await driver.commitRecord(life, record, utf8('new'), 'replace', signal),
      await driver.commitRecord(life, `${record}.2`, utf8('new'), 'make', signal),
      await driver.retract(life, link, signal),
    ];
    expect(outcomes).toEqual(outcomes.map(() => 'refused'));
    expect(await textAt(driver, link)).toBe('old');
    expect(await textAt(driver, record)).toBe('old');
    expect(await textAt(driver, upload)).toBe('bytes');
    expect(await namesAt(driver, layout.member(life))).toEqual(['life.json']);
    expect(await driver.stat(blob, signal)).toBeUndefined();
    expect(await driver.stat(`${repository}/_layers`, signal)).toBeUndefined();
    expect(await driver.standsLife(life, signal)).toBe(false);
  });

  it('shows nothing of what is staged before it lands, then the whole, and leaves nothing behind', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await driver.append(upload, 0, once('bytes'), signal);
    const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';
    {
      await using data = await driver.stage(life, blob, { from: upload }, signal);
      await using tag = await driver.stage(life, link, { bytes: utf8('sha256:aa') }, signal);
      await using _never = await driver.stage(life, `${link}.2`, { bytes: utf8('sha256:bb') }, signal);
      expect(await driver.stat(blob, signal)).toBeUndefined();
      expect(await driver.stat(link, signal)).toBeUndefined();
      expect(await tag.land(signal)).toBe('landed');
      expect(await data.land(signal)).toBe('landed');
    }
    expect([await textAt(driver, blob), await textAt(driver, link)]).toEqual(['bytes', 'sha256:aa']);
    expect(await driver.stat(`${link}.2`, signal)).toBeUndefined();
    expect(await textAt(driver, upload)).toBe('bytes');
    expect(await namesAt(driver, layout.stage(life))).toEqual([]);
  });

  it('W1: refuses what was staged in a life that has ended since, and what is staged after its end', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await using early = await driver.stage(life, link, { bytes: utf8('early') }, signal);
    await another().endLife(life, signal);
    await using late = await driver.stage(
      life,
      `${repository}/_layers/sha256/ab/link`,
      { bytes: utf8('late') },
      signal,
    );
    expect([await early.land(signal), await late.land(signal)]).toEqual(['refused', 'refused']);
    expect(await driver.stat(link, signal)).toBeUndefined();
    expect(await driver.stat(`${repository}/_layers`, signal)).toBeUndefined();
  });

  it('rejects the staging of a file that is not there, and leaves nothing behind', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await expect(
      driver.stage(life, link, { from: upload }, signal).then((staged) => staged.land(signal)),
    ).rejects.toThrow(StorageError);
    expect(await namesAt(driver, layout.stage(life))).toEqual([]);
  });

  it('W1: nothing of a life becomes visible after its end, whatever was in flight', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    const tags = `${repository}/_manifests/tags`;
    const commits = Array.from({ length: 24 }, async (_, n) =>
      driver.commit(life, `${tags}/t${n}`, utf8(`sha256:${n}`), signal),
    );
    await Promise.race(commits);
    await another().endLife(life, signal);
    const atTheEnd = (await namesAt(driver, tags)) ?? [];
    const outcomes = await Promise.all(commits);
    const landed = outcomes.flatMap((outcome, n) => (outcome === 'landed' ? [`t${n}`] : []));
    expect(await namesAt(driver, tags)).toEqual(atTheEnd);
    expect(landed.toSorted()).toEqual(atTheEnd);
  });

  it('ends one life and leaves the commits of another', async () => {
    const driver = another();
    const other = lifeId('l2');
    await driver.beginLife(life, signal);
    await driver.beginLife(other, signal);
    await driver.endLife(life, signal);
    expect(await driver.commit(other, link, utf8('sha256:aa'), signal)).toBe('landed');
  });

  it('lands the bytes of an upload, which stays until its session goes', async () => {
    const driver = another();
    const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';
    await driver.beginLife(life, signal);
    await driver.append(upload, 0, once('bytes'), signal);
    expect(await driver.commitFile(life, upload, blob, signal)).toBe('landed');
    expect(await textAt(driver, blob)).toBe('bytes');
    expect(await textAt(driver, upload)).toBe('bytes');
    // Once more after an answer that was lost.
    expect(await driver.commitFile(life, upload, blob, signal)).toBe('landed');
    expect(await namesAt(driver, layout.stage(life))).toEqual([]);
    await driver.discard(`${repository}/_uploads/u1`, signal);
    expect(await textAt(driver, blob)).toBe('bytes');
  });

  it('replaces equal content that another upload brought', async () => {
    const driver = another();
    const blob = '/docker/registry/v2/blobs/sha256/ab/ab12/data';
    await driver.beginLife(life, signal);
    for (const uuid of ['u1', 'u2']) {
      const from = `${repository}/_uploads/${uuid}/data.l1`;
      await driver.append(from, 0, once('bytes'), signal);
      expect(await driver.commitFile(life, from, blob, signal)).toBe('landed');
    }
    expect(await textAt(driver, blob)).toBe('bytes');
  });

  it('rejects an upload that is not there, rather than calling it refused', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await expect(driver.commitFile(life, upload, link, signal)).rejects.toThrow(StorageError);
  });

  it('makes a record, and replaces one only while it stands', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    expect(await driver.commitRecord(life, record, utf8('1'), 'replace', signal)).toBe('refused');
    expect(await driver.stat(record, signal)).toBeUndefined();
    expect(await driver.commitRecord(life, record, utf8('1'), 'make', signal)).toBe('landed');
    expect(await driver.commitRecord(life, record, utf8('2'), 'replace', signal)).toBe('landed');
    expect(await textAt(driver, record)).toBe('2');
  });

  it('retracts a record once', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await driver.create(layout.tombstone('t1'), utf8('{}'), signal);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async () => another().retract(life, layout.tombstone('t1'), signal)),
    );
    expect(outcomes.filter((outcome) => outcome === 'retracted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'absent')).toHaveLength(7);
    expect(await namesAt(driver, layout.tombstones)).toEqual([]);
    expect(await namesAt(driver, layout.stage(life))).toEqual([]);
  });

  it('renews the time of a link and leaves its bytes', async () => {
    const driver = another();
    await driver.beginLife(life, signal);
    await driver.commit(life, link, utf8('sha256:aa'), signal);
    const before = known(await driver.stat(link, signal)).modifiedAt;
    // A coarse clock may need more than one renewal to show that it moved.
    await expect.poll(async () => timeOf(await driver.renew(link, signal))).toBeGreaterThan(before);
    const renewed = timeOf(await driver.renew(link, signal));
    expect(known(await driver.stat(link, signal)).modifiedAt).toBe(renewed);
    expect(await textAt(driver, link)).toBe('sha256:aa');
  });

  it('G3: a renewal never makes a link', async () => {
    const driver = another();
    expect(await driver.renew(link, signal)).toEqual({ renewed: false });
    expect(await driver.stat('/docker', signal)).toBeUndefined();
    await driver.write(`${link}.beside`, utf8('sha256:aa'), signal);
    expect(await driver.renew(link, signal)).toEqual({ renewed: false });
    expect(await driver.stat(link, signal)).toBeUndefined();
  });

  it('refuses to renew what is no link: empty, or larger than one', async () => {
    const driver = another();
    for (const text of ['', 'x'.repeat(4097)]) {
      await driver.write(link, utf8(text), signal);
      await expect(driver.renew(link, signal)).rejects.toThrow(StorageError);
    }
  });
}

function timeOf(outcome: Awaited<ReturnType<Driver['renew']>>): number {
  if (!outcome.renewed) throw new Error('not renewed');
  return outcome.modifiedAt;
}
