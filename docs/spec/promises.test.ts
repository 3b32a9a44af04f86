import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

interface Promised {
  readonly name: string;
  readonly isBuilt: boolean;
}

function promises(): Promised[] {
  const page = readFileSync(new URL('docs/spec/promises.md', root), 'utf8');
  return [...page.matchAll(/^\| ([WGRD]\d+) +\| (yes|no) +\|/gm)].map(([, name = '', built]) => ({
    name,
    isBuilt: built === 'yes',
  }));
}

/** The promises that titles of tests begin with: `it('G1: …')`, `it('W2, W3: …')`. */
function citations(): ReadonlyMap<string, readonly string[]> {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', '**/testing/*.ts'],
    { cwd: root, encoding: 'utf8' },
  );
  const cited = new Map<string, string[]>();
  for (const file of listed.split('\n').filter((name) => name !== '' && name !== 'docs/spec/promises.test.ts')) {
    const text = readFileSync(new URL(file, root), 'utf8');
    for (const [, names = ''] of text.matchAll(/['"`]((?:[WGRD]\d+)(?:, [WGRD]\d+)*):/g)) {
      for (const name of names.split(', ')) cited.set(name, [...(cited.get(name) ?? []), file]);
    }
  }
  return cited;
}

describe('the promises', () => {
  it('are all named on the page', () => {
    expect(promises().map(({ name }) => name)).toEqual([
      ...['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7'],
      ...['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8'],
      ...['R1', 'R2', 'R3', 'R4', 'D1', 'D2', 'D3', 'D4'],
    ]);
  });

  it('that are built are each cited by a test', () => {
    const cited = citations();
    expect(promises().filter(({ name, isBuilt }) => isBuilt && !cited.has(name))).toEqual([]);
  });

  it('that tests cite all stand on the page', () => {
    const known = new Set(promises().map(({ name }) => name));
    expect([...citations()].filter(([name]) => !known.has(name))).toEqual([]);
  });
});
