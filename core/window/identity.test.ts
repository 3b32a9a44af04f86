import { describe, expect, it } from 'vitest';
import { parseLifeId, parseRunId, parseStorageId, parseWindowId } from './identity.ts';

const parsers = [
  { name: 'a life', parse: parseLifeId },
  { name: 'a window', parse: parseWindowId },
  { name: 'a run', parse: parseRunId },
  { name: 'a storage', parse: parseStorageId },
];

describe.each(parsers)('the name of $name', ({ parse }) => {
  it.each(['a', '0', 'a-b', '0f3b2c', 'a'.repeat(63)])('may be %s', (text) => {
    expect(parse(text)).toBe(text);
  });

  it.each(['', '.', '..', '-a', 'a/b', 'a\\b', 'A', 'a b', 'a\n', 'a\0', 'é', 'a'.repeat(64)])(
    'is never %j',
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );
});
