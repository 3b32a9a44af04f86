/** One thing wrong with a configuration. */
export interface Mistake {
  /** The key's path (`http.addr`), with the variable that set it where one did; empty: the file as a whole. */
  readonly key: string;
  readonly says: string;
}

/** Every mistake of a configuration, told at once. The message is for a person. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly mistakes: readonly Mistake[];

  constructor(source: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ key, says }) => (key === '' ? says : `${key}: ${says}`));
    super(lines.length === 1 ? `${source}: ${lines.join('')}` : `${source}:\n${lines.map((l) => `  ${l}`).join('\n')}`);
    this.mistakes = mistakes;
  }
}
