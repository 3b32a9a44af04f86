import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** How far something long has come, in a file, so that it can be stopped at any moment and gone on with. */
export class ProgressFile<S extends TSchema> {
  readonly #path: string;
  readonly #schema: S;

  constructor(path: string, schema: S) {
    this.#path = path;
    this.#schema = schema;
  }

  /** `undefined`: it begins. */
  async read(): Promise<Static<S> | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (!Value.Check(this.#schema, value)) throw new Error(`${this.#path} is not how far this has come`);
    return value;
  }

  /** Whole or not at all; it must be what the schema says, or the next start refuses it. */
  async write(progress: object): Promise<void> {
    await writeFile(`${this.#path}.new`, `${JSON.stringify(progress)}\n`);
    await rename(`${this.#path}.new`, this.#path);
  }
}
