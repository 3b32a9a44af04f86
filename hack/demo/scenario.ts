import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { coppice } from '../load/command.ts';

/** What `coppice get KIND NAME -o json` shows, as far as the demo looks at it. */
export interface Shown {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions?: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
    /** Of a RetentionPolicy. */
    readonly lastEvaluation?: { readonly planDigest: string };
    readonly report?: { readonly run: string };
    /** Of a DeleteRequest. */
    readonly plan?: { readonly digest: string };
    /** Of a CollectionRun. */
    readonly windows?: { readonly count: number; readonly longestMs: number };
    readonly sweep?: { readonly removed: number; readonly bytes: number };
  };
}

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
  async ready(kind: string, name: string, reasons: readonly string[], signal: AbortSignal): Promise<Shown> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const said = await coppice(['get', kind, name, '-n', 'registry', '-o', 'json', '--state', this.#state], signal);
      const shown = said.exitCode === 0 ? (JSON.parse(said.stdout) as Shown) : undefined;
      const reason = readyReason(shown);
      const isCurrent = shown !== undefined && shown.status.observedGeneration === shown.metadata.generation;
      if (shown !== undefined && isCurrent && reason !== undefined && reasons.includes(reason)) return shown;
      if (performance.now() > deadline) {
        throw new Error(`${kind} ${name} is ${JSON.stringify(shown?.status.conditions)}: ${said.stderr}`);
      }
      await pause(100, undefined, { signal });
    }
  }
}

async function read(example: string): Promise<Document> {
  return parse(await readFile(new URL(example, examples), 'utf8')) as Document;
}

export function readyReason(shown: Shown | undefined): string | undefined {
  return shown?.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
}

/** One command to its end; another exit code than 0 rejects with what it said. */
export async function command(args: readonly string[], signal: AbortSignal): Promise<string> {
  const said = await coppice(args, signal);
  if (said.exitCode !== 0)
    throw new Error(`coppice ${args.join(' ')}: exit code ${said.exitCode ?? 'none'}\n${said.stderr}${said.stdout}`);
  return said.stdout;
}
