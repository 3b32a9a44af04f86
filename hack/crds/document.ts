/** Something in `crds/` that the generator does not understand, and so nobody would carry out. */
export class DefinitionMistake extends Error {
  override readonly name = 'DefinitionMistake';
}

/** A mapping of a document; every field must be asked for before `end`. */
export class Fields {
  readonly at: string;
  readonly #fields: Map<string, unknown>;

  constructor(value: unknown, at: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DefinitionMistake(`${at}: must be a mapping`);
    }
    this.at = at;
    this.#fields = new Map<string, unknown>(Object.entries(value));
  }

  /** `undefined`: absent. */
  take(name: string): unknown {
    const value = this.#fields.get(name);
    this.#fields.delete(name);
    return value;
  }
  mapping(name: string): Fields {
    return new Fields(this.take(name), `${this.at}.${name}`);
  }
  list(name: string): readonly unknown[] {
    const value = this.take(name) ?? [];
    if (!Array.isArray(value)) throw new DefinitionMistake(`${this.at}.${name}: must be a list`);
    return value;
  }
  texts(name: string): readonly string[] {
    const items = this.list(name);
    if (!items.every((item) => typeof item === 'string')) {
      throw new DefinitionMistake(`${this.at}.${name}: must be a list of texts`);
    }
    return items;
  }
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new DefinitionMistake(`${this.at}.${name}: is required`);
    return value;
  }
  optionalText(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new DefinitionMistake(`${this.at}.${name}: must be text`);
  }
  optionalNumber(name: string): number | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'number') return value;
    throw new DefinitionMistake(`${this.at}.${name}: must be a number`);
  }
  oneOf<const T extends string>(name: string, words: readonly T[]): T {
    const value = this.text(name);
    const word = words.find((one) => one === value);
    if (word === undefined) throw new DefinitionMistake(`${this.at}.${name}: must be one of ${words.join(', ')}`);
    return word;
  }
  is(name: string, expected: string | boolean): void {
    if (this.take(name) !== expected) throw new DefinitionMistake(`${this.at}.${name}: must be ${String(expected)}`);
  }
  names(): readonly string[] {
    return [...this.#fields.keys()];
  }
  end(): void {
    const [left] = this.#fields.keys();
    if (left !== undefined) throw new DefinitionMistake(`${this.at}.${left}: is not carried out by anybody`);
  }
}
