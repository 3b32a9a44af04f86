import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ablations } from '../../core/window/testing/explorer/ablations.ts';

const root = new URL('../../', import.meta.url);
const page = read('docs/spec/window.md');

/** One line of the table: a rule, a place in the code that keeps it, a test, and perhaps what the explorer misses without it. */
interface Row {
  readonly rule: number;
  readonly file: string;
  readonly symbol: string;
  readonly test: string;
  readonly ablation: string;
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function section(title: string): string {
  const [, after = ''] = page.split(`\n## ${title}\n`);
  return after.split('\n## ')[0] ?? '';
}

/** The numbered rules, each with its name in bold. */
function rules(): readonly number[] {
  return [...section('The rules').matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function rows(): readonly Row[] {
  const lines = section('Where each rule stands').split('\n');
  return lines
    .filter((line) => /^\| *\d+ +\| `/.test(line))
    .map((line) => {
      const [rule = '', code = '', test = '', ablation = ''] = cellsOf(line);
      const [, file = '', symbol = ''] = /^`([^`]+)` `([^`]+)`$/.exec(code) ?? [];
      return { rule: Number(rule), file, symbol, test, ablation };
    });
}

/** In the rows of the table, and in the table of the other searches. */
function citedSearches(): readonly string[] {
  const others = section('Where each rule stands').matchAll(/^\| *\d+ +\| ([^|`]+?) +\|$/gm);
  const ofRows = rows().flatMap(({ ablation }) => (ablation === '' ? [] : [ablation]));
  return [...ofRows, ...Array.from(others, ([, name = '']) => name)];
}

/** Rules that are cited anywhere as a number in parentheses: `(13)`, `(26, 32)`. */
function citedRules(): readonly number[] {
  return [...page.matchAll(/\((\d+(?:, \d+)*)\)/g)].flatMap(([, numbers = '']) => numbers.split(', ').map(Number));
}

/** `name`, or `Class.method`: each part must be declared in the file. */
function isDeclared(file: string, symbol: string): boolean {
  let text: string;
  try {
    text = read(file);
  } catch {
    return false; // not there
  }
  return symbol.split('.').every((name) => {
    const escaped = RegExp.escape(name);
    const alone = new RegExp(`^(?:export )?(?:async )?(?:function|class|const|interface|type) ${escaped}\\b`, 'm');
    const member = new RegExp(`^ +(?:static )?(?:async )?${escaped}(?:<[^>]*>)?\\(`, 'm');
    return alone.test(text) || member.test(text);
  });
}

/** All files in which titles of tests stand, but this one. */
function testFiles(): readonly string[] {
  const patterns = ['{core,registry,operator,cli,hack,docs}/**/{*.test.ts,testing/**/*.ts}'];
  const files = globSync(patterns, { cwd: root }).filter((file) => !file.includes('node_modules'));
  return files.filter((file) => file !== 'docs/spec/window.test.ts');
}

/** The title, or a part of it, within one string literal. */
function occursIn(texts: readonly string[], title: string): boolean {
  const literal = new RegExp(`(['"\`])(?:(?!\\1).)*${RegExp.escape(title)}(?:(?!\\1).)*\\1`);
  return texts.some((text) => literal.test(text));
}

describe('the argument', () => {
  it('numbers its rules without a gap, and cites no other', () => {
    expect(rules().length).toBeGreaterThan(30);
    expect(rules()).toEqual(rules().map((_rule, at) => at + 1));
    expect(citedRules().filter((number) => number < 1 || number > rules().length)).toEqual([]);
  });

  it('has code and a test for each rule, and no row for anything else', () => {
    const complete = rows().filter(({ file, test }) => file !== '' && test !== '');
    expect(complete).toEqual(rows());
    expect([...new Set(complete.map(({ rule }) => rule))]).toEqual(rules());
  });

  it('names code that is there', () => {
    expect(rows().filter(({ file, symbol }) => !isDeclared(file, symbol))).toEqual([]);
  });

  it('names tests that are there', () => {
    const texts = testFiles().map(read);
    expect(rows().filter(({ test }) => test.length < 20 || !occursIn(texts, test))).toEqual([]);
  });

  it('says of every search without a rule which rule that is', () => {
    const searches = new Set(ablations.map(({ name }) => name.replace(/ \(S3\)$/, '')));
    expect([...new Set(citedSearches())].toSorted()).toEqual([...searches].toSorted());
  });
});
