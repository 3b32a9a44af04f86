import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseDeleteRequest } from '../../core/resources/deleteRequest.ts';
import { parseRetentionPolicy } from '../../core/resources/retentionPolicy.ts';
import { admit } from '../../operator/api/admission.ts';
import { kinds } from '../../operator/resources/home.ts';

const examples = new URL('../../examples/', import.meta.url);

interface Example {
  readonly file: string;
  readonly document: unknown;
}

async function everyExample(): Promise<readonly Example[]> {
  const files = (await readdir(examples)).filter((file) => file.endsWith('.yaml'));
  const documents = files.map(async (file) => {
    const parsed = parseAllDocuments(await readFile(new URL(file, examples), 'utf8'));
    return [...parsed].map((one): Example => ({ file, document: one.toJS() as unknown }));
  });
  return (await Promise.all(documents)).flat();
}

const all = await everyExample();
const kindOf = (document: unknown): unknown => (document as { readonly kind?: unknown } | null)?.kind;

describe('the examples', () => {
  it('show every kind', () => {
    expect(new Set(all.map(({ document }) => kindOf(document)))).toEqual(new Set(kinds));
  });

  it.each(all)('$file is admitted as an API server would', ({ document }) => {
    const kind = kinds.find((one) => one === kindOf(document));
    if (kind === undefined) throw new Error('an example of no kind');
    const admission = admit(kind, document);
    expect(admission.ok ? '' : admission.message).toBe('');
  });

  it.each(all)('$file is understood by whoever carries it out', ({ document }) => {
    const parse = { RetentionPolicy: parseRetentionPolicy, DeleteRequest: parseDeleteRequest };
    const kind = kindOf(document);
    if (kind === 'RetentionPolicy' || kind === 'DeleteRequest')
      expect(parse[kind](document)).toMatchObject({ ok: true });
  });

  it('stand in the page about the operator', async () => {
    const page = await readFile(new URL('operator.md', import.meta.url), 'utf8');
    for (const { file } of all) expect(page).toContain(`](../../examples/${file})`);
  });
});
