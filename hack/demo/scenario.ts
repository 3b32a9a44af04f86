import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { readState } from '../../operator/directory/state.ts';
import type { Kind, Resource } from '../../operator/resources/home.ts';
import { coppice } from '../load/command.ts';

interface Document {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

const examples = new URL('../../examples/', import.meta.url);

/** A directory of resources as a person keeps it, and what the operator makes of it. */
export class Resources {
  readonly #folder: string;
  readonly #resources: string;
  readonly #state: string;

  constructor({ folder, resources, state }: { folder: string; resources: string; state: string }) {
    this.#folder = folder;
    this.#resources = resources;
    this.#state = state;
  }

  /** One of the examples with some fields of its spec changed, in place of what this file said before. */
  async apply(example: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#write(example, await read(example), changes);
  }

  /** The same under another name, in a file of its own. */
  async applyAs(example: string, name: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const document = await read(example);
    await this.#write(`${name}.yaml`, { ...document, metadata: { ...document.metadata, name } }, changes);
  }

  /** Beside it first, and then in its place, as editors and Git do. */
  async #write(file: string, document: Document, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const beside = join(this.#folder, 'edited');
    await writeFile(beside, stringify({ ...document, spec: { ...document.spec, ...changes } }));
    await rename(beside, join(this.#resources, file));
  }

  /** The table that `coppice get` prints. */
  async table(args: readonly string[], signal: AbortSignal): Promise<string> {
    return (await command(['get', ...args, '--state', this.#state], signal)).trimEnd();
  }

  /** Waits until the object's Ready condition has one of these reasons, for its present generation. */
  async ready<K extends Kind>(
    kind: K,
    name: string,
    reasons: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const { objects } = await readState(this.#state, signal);
      const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
      const shown = found?.kind === kind ? (found as Resource<K>) : undefined;
      const reason = readyReason(shown);
      const isCurrent = shown !== undefined && shown.status.observedGeneration === shown.metadata.generation;
      if (isCurrent && reason !== undefined && reasons.includes(reason)) return shown;
      if (performance.now() > deadline) throw new Error(`${kind} ${name} is ${JSON.stringify(shown?.status)}`);
      await pause(50, undefined, { signal });
    }
  }
}

export async function read(example: string): Promise<Document> {
  return parse(await readFile(new URL(example, examples), 'utf8')) as Document;
}

export function readyReason(shown: Resource<Kind> | undefined): string | undefined {
  return shown?.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
}

/** One command to its end; another exit code than 0 rejects with what it said. */
export async function command(args: readonly string[], signal: AbortSignal): Promise<string> {
  const said = await coppice(args, signal);
  if (said.exitCode !== 0)
    throw new Error(`coppice ${args.join(' ')}: exit code ${said.exitCode ?? 'none'}\n${said.stderr}${said.stdout}`);
  return said.stdout;
}
