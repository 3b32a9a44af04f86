import { Gone } from '../resources/home.ts';
import { fieldIn } from '../api/document.ts';
import { ApiError } from './failure.ts';
import type { Query } from './paths.ts';
import type { Transport } from './transport.ts';

/** A part of a list: objects as the server sends them. */
export interface Page {
  readonly items: readonly unknown[];
  /** Of the whole list. */
  readonly resourceVersion: string;
  /** What came before is to be forgotten: the server forgot that moment, and this is all of it. */
  readonly isAnew: boolean;
}

/** A collection by its path; how many objects come with one answer. */
export interface Listing {
  readonly path: (query: Query) => string;
  readonly pageSize: number;
}

/** A whole list, in pages of one moment. Rejects where not all of it could be had. */
export async function* pagesOf(
  { path, pageSize }: Listing,
  transport: Pick<Transport, 'ask'>,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let next: string | undefined;
  try {
    do {
      const read = await pageAt(path({ limit: pageSize, continue: next }), transport, signal);
      next = read.next;
      yield { ...read.page, isAnew: false };
    } while (next !== undefined);
  } catch (error) {
    if (!(error instanceof Gone) || next === undefined) throw error;
    const { page } = await pageAt(path({}), transport, signal);
    yield { ...page, isAnew: true };
  }
}

interface Read {
  readonly page: Omit<Page, 'isAnew'>;
  /** Where the next one begins. */
  readonly next: string | undefined;
}

async function pageAt(path: string, transport: Pick<Transport, 'ask'>, signal: AbortSignal): Promise<Read> {
  const answer = await transport.ask({ verb: 'get', path }, signal);
  const body = answer.is === 'done' ? answer.body : undefined;
  const [items, metadata] = [fieldIn(body, 'items'), fieldIn(body, 'metadata')];
  const [resourceVersion, next] = [fieldIn(metadata, 'resourceVersion'), fieldIn(metadata, 'continue') ?? ''];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || typeof next !== 'string') {
    throw new ApiError(`GET ${path}`, 'the answer is no list', { status: 200 });
  }
  return { page: { items, resourceVersion }, next: next === '' ? undefined : next };
}
