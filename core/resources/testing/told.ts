import type { Parsed } from '../mistake.ts';

/** Every mistake as a person reads it; none when the resource is whole. */
export function told(parsed: Parsed<unknown>): readonly string[] {
  return parsed.ok ? [] : parsed.mistakes.map(({ path, says }) => `${path}: ${says}`);
}

export function whole<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(told(parsed).join('\n'));
  return parsed.value;
}
