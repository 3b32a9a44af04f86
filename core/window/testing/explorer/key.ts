import { TokenLog } from '../../journal.ts';

/**
 * Numbers values so that equal ones, however they came about, get equal numbers: exact, and cheap for a world that shares most of itself with one
 * numbered before, since a part that is the same object is not looked at again.
 */
export class Keys {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<object, number>();

  of(part: object): number {
    const known = this.#known.get(part);
    if (known !== undefined) return known;
    const number = this.#number(spell(part));
    this.#known.set(part, number);
    return number;
  }

  /** Of an object whose fields are parts themselves. */
  ofParts(whole: object): number {
    const known = this.#known.get(whole);
    if (known !== undefined) return known;
    const number = this.#number(
      Object.values(whole)
        .map((part: object) => this.of(part))
        .join(),
    );
    this.#known.set(whole, number);
    return number;
  }

  #number(spelt: string): number {
    const known = this.#numbers.get(spelt);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(spelt, number);
    return number;
  }
}

function spell(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(spell).join()}]`;
  if (value instanceof TokenLog) return `[${[...value].join()}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, each]) => `${spell(key)}:${spell(each)}`)
      .sort()
      .join()}}`;
  if (value instanceof Set) return `{${[...value].map(spell).sort().join()}}`;
  let spelt = '{';
  for (const [key, each] of Object.entries(value)) if (each !== undefined) spelt += `${key}:${spell(each)},`;
  return `${spelt}}`;
}
