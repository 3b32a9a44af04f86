import { hash } from 'node:crypto';
import { Problem } from '../../core/admin/problem.ts';
import type { RunItem } from '../../core/admin/schema.ts';
import { Unanswered } from '../admin/client.ts';
import type { Replicas } from '../admin/replicas.ts';
import type { ObjectEvent, Resource } from '../resources/home.ts';

/** The objects whose plans have a report. */
export type Owner = Resource<'DeleteRequest'> | Resource<'CollectionRun'>;

/** Where the first items of a plan are laid down for people, beside the object that they belong to and for as long as that is there. Never changed. */
export interface Reports {
  /** A report of this name that is there already is this one. `lines`: JSON, one item each. Rejects for `signal` alone. */
  lay(owner: Owner, name: string, lines: string, signal: AbortSignal): Promise<Laid>;
}

export type Laid = { readonly is: 'laid' } | { readonly is: 'refused'; readonly why: string };

/** What became of a report. */
export type Reported =
  /** There is nothing to be told, or nowhere to. */
  | { readonly is: 'none' }
  | { readonly is: 'laid'; readonly name: string }
  | { readonly is: 'lost'; readonly event: ObjectEvent };

export interface Asked {
  readonly owner: Owner;
  readonly run: string;
  /** `KIND/NAMESPACE/NAME` where the run made a plan for each. */
  readonly of?: string;
}

/** A ConfigMap may have 1 MiB; this is much to read, and little to keep. */
const mostBytes = 256 << 10;
const firstPage = 1000;
const longestName = 240;

/** Lays the first items of a plan down: a help to people, so that nothing waits for it, and what it fails of is an event. */
export async function report(
  reports: Reports | undefined,
  replicas: Replicas,
  { owner, run, of }: Asked,
  signal: AbortSignal,
): Promise<Reported> {
  if (reports === undefined) return { is: 'none' };
  const lines = await linesOf(replicas, run, of, signal);
  if (lines === '') return { is: 'none' };
  if (typeof lines !== 'string') return lost(lines.why);
  const name = reportName(owner, run);
  const laid = await reports.lay(owner, name, lines, signal);
  return laid.is === 'laid' ? { is: 'laid', name } : lost(laid.why);
}

async function linesOf(
  replicas: Replicas,
  run: string,
  of: string | undefined,
  signal: AbortSignal,
): Promise<string | { readonly why: string }> {
  try {
    return linesIn((await replicas.items(run, of, { n: firstPage }, signal)).items);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unanswered)) throw error;
    return { why: error.message };
  }
}

/** As many whole items as have room. */
export function linesIn(items: readonly RunItem[]): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const line = `${JSON.stringify(item)}\n`;
    bytes += Buffer.byteLength(line);
    if (bytes > mostBytes) break;
    lines.push(line);
  }
  return lines.join('');
}

/** One for each plan of each object, whoever makes it and however often. */
export function reportName({ metadata: { name, uid } }: Owner, run: string): string {
  const suffix = hash('sha256', JSON.stringify([uid, run])).slice(0, 12);
  return `${name.slice(0, longestName).replace(/[-.]+$/, '')}-${suffix}`;
}

function lost(why: string): Reported {
  const message = `the first items of the plan could not be laid down: ${why}`;
  return { is: 'lost', event: { type: 'Warning', reason: 'ReportLost', message } };
}
