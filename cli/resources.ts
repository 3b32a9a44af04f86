import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Document, isCollection, isNode, LineCounter, parseAllDocuments, visit } from 'yaml';
import { parseDeleteRequest } from '../core/resources/deleteRequest.ts';
import { type Mistake, shown } from '../core/resources/mistake.ts';
import { parseRetentionPolicy } from '../core/resources/retentionPolicy.ts';
import { Failure } from './failure.ts';

/** What `-f` gave: the documents as they were written, each known to be without mistake. */
export interface Resources {
  readonly policies: readonly unknown[];
  readonly requests: readonly unknown[];
}

const apiVersion = 'coppice.dev/v1alpha1';
const longest = 8 << 20;

/** Reads every document of every file; a mistake in any of them ends the command with all mistakes, by file, document, line and path. */
export async function readResources(files: readonly string[], signal: AbortSignal): Promise<Resources> {
  const policies: unknown[] = [];
  const requests: unknown[] = [];
  const mistakes: string[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    for (const found of documentsOf(file, await contentOf(file, signal))) {
      if ('mistake' in found) {
        mistakes.push(found.mistake);
        continue;
      }
      const told = checked(found.document, found.at(''), seen);
      mistakes.push(...told.map(({ path, says }) => `${found.at(path)}: ${path === '' ? says : `${path}: ${says}`}`));
      (fieldOf(found.document, 'kind') === 'RetentionPolicy' ? policies : requests).push(found.document);
    }
  }
  if (mistakes.length > 0) throw new Failure('usage', mistakes.join('\n'));
  return { policies, requests };
}

async function contentOf(file: string, signal: AbortSignal): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    throw new Failure('usage', `cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

type Found =
  | { readonly mistake: string }
  /** `at` says where in the file something of the document stands, by its path. */
  | { readonly document: unknown; readonly at: (path: string) => string };

function documentsOf(file: string, content: string): readonly Found[] {
  if (content.length > longest) return [{ mistake: `${file}: is longer than 8 MiB` }];
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false };
  const documents = parseAllDocuments(content, options);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document, index): readonly Found[] => {
    const place = (offset: number): string => `${file}: document ${index + 1}, line ${lines.linePos(offset).line}`;
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) return [{ mistake: `${place(error.pos[0])}: not YAML: ${error.message}` }];
    if (document.contents === null) return []; // nothing between two separators
    if (hasAlias(document)) return [{ mistake: `${place(document.range[0])}: may hold no alias` }];
    return [{ document: document.toJS() as unknown, at: (path) => place(offsetOf(document.contents, path)) }];
  });
}

/** Where the value at this path begins or, if it is missing, what it is missing from. */
function offsetOf(contents: unknown, path: string): number {
  let node = contents;
  for (const [step, index] of path.matchAll(/[A-Za-z0-9_-]+|\[([0-9]+)\]/g)) {
    const within: unknown = isCollection(node) ? node.get(index === undefined ? step : Number(index), true) : undefined;
    if (!isNode(within)) break;
    node = within;
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function hasAlias(document: Document): boolean {
  const aliases: unknown[] = [];
  visit(document, {
    Alias: (_, alias) => {
      aliases.push(alias);
      return visit.BREAK;
    },
  });
  return aliases.length > 0;
}

function checked(document: unknown, place: string, seen: Map<string, string>): readonly Mistake[] {
  const [version, kind] = [fieldOf(document, 'apiVersion'), fieldOf(document, 'kind')];
  if (version !== apiVersion) return [{ path: 'apiVersion', says: `must be ${apiVersion}, got ${shown(version)}` }];
  if (kind !== 'RetentionPolicy' && kind !== 'DeleteRequest') {
    return [{ path: 'kind', says: `must be RetentionPolicy or DeleteRequest, got ${shown(kind)}` }];
  }
  const parsed = kind === 'RetentionPolicy' ? parseRetentionPolicy(document) : parseDeleteRequest(document);
  if (!parsed.ok) return parsed.mistakes;
  const name = `${kind} ${parsed.value.namespace}/${parsed.value.name}`;
  const before = seen.get(name);
  seen.set(name, place);
  return before === undefined ? [] : [{ path: 'metadata.name', says: `${name} stands at ${before}, too` }];
}

function fieldOf(document: unknown, name: string): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  return Object.getOwnPropertyDescriptor(document, name)?.value as unknown;
}
