import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeJournal, type JournalContent } from '../records/pullFiles.ts';
import { kernelId } from '../storage/filesystem/kernel.ts';
import { JournalFile } from './journal.ts';

const [kernel, one, other] = ['k'.repeat(36), Buffer.alloc(16, 1), Buffer.alloc(16, 2)];

describe('a journal of pulls', () => {
  let folder: string;
  let place: string;
  let warnings: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-journal-'));
    place = join(folder, 'journal', 'recorder');
    warnings = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const journalOf = (of: string | undefined): JournalFile =>
    new JournalFile({
      ...{ place, kernel: () => of },
      log: {
        info: () => undefined,
        warn: (_fields, says) => warnings.push(says),
        error: (_fields, says) => warnings.push(says),
      },
    });
  const standing = (): JournalContent | undefined => decodeJournal(readFileSync(place));

  it('holds what was added since all was told, at once, and is gone at the end', () => {
    const journal = journalOf(kernel);
    journal.add(one); // nobody would know that it is all
    expect(existsSync(place)).toBe(false);
    journal.clear();
    expect(standing()).toEqual({ kernel, ids: [] });
    journal.add(one);
    journal.add(other);
    expect(standing()).toEqual({ kernel, ids: [one, other] });
    journal.clear();
    journal.add(other);
    expect(standing()).toEqual({ kernel, ids: [other] });
    journal.end();
    expect(readdirSync(join(folder, 'journal'))).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('stands no more once it was given up, until all was told', () => {
    const journal = journalOf(kernel);
    journal.clear();
    journal.end();
    journal.add(one);
    expect(existsSync(place)).toBe(false);
    journal.clear();
    expect(standing()).toEqual({ kernel, ids: [] });
    journal.end();
  });

  it('R1: is not taken for whole where its name could not be removed', () => {
    const journal = journalOf(kernel);
    journal.clear();
    journal.add(one);
    const kept = join(folder, 'kept');
    renameSync(place, kept);
    mkdirSync(place); // as is what cannot be removed
    journal.end();
    expect(decodeJournal(readFileSync(kept))).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('says so where it cannot be begun', () => {
    mkdirSync(place, { recursive: true });
    const journal = journalOf(kernel);
    journal.clear();
    journal.add(one);
    expect(warnings).toHaveLength(1);
  });

  it('is none where no kernel can be told from another', () => {
    const journal = journalOf(undefined);
    journal.clear();
    journal.add(one);
    expect(existsSync(place)).toBe(false);
  });

  it('is not understood where its head was cut short', () => {
    expect(decodeJournal(Buffer.from('cut'))).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('knows the kernel', () => {
    expect(kernelId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});
