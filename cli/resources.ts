import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseDeleteRequest } from '../core/resources/deleteRequest.ts';
import { type Mistake, shown } from '../core/resources/mistake.ts';
import { parseRetentionPolicy } from '../core/resources/retentionPolicy.ts';
import { fieldIn } from '../operator/api/document.ts';
import { documentsOf } from '../operator/directory/documents.ts';
import { Failure } from './failure.ts';

/** What `-f` gave: the documents as they were written, each known to be without mistake. */
export interface Resources {
  readonly policies: readonly unknown[];
  readonly requests: readonly unknown[];
}

const apiVersion = 'coppice.dev/v1alpha1';

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
      (fieldIn(found.document, 'kind') === 'RetentionPolicy' ? policies : requests).push(found.document);
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

function checked(document: unknown, place: string, seen: Map<string, string>): readonly Mistake[] {
  const [version, kind] = [fieldIn(document, 'apiVersion'), fieldIn(document, 'kind')];
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
