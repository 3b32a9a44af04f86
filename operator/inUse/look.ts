import { fieldIn } from '../api/document.ts';
import { shown } from '../../core/resources/mistake.ts';
import { imagesOf, NotUnderstood } from './images.ts';
import { type IsOurs, ownHosts } from './ownHosts.ts';
import { type WorkloadKind, workloadKinds, type WorkloadLister } from './ports.ts';
import { Protected } from './protected.ts';
import type { RegistrySpec } from '../api/types.ts';

/** Where workloads are looked for. Empty: nowhere is left out. */
export interface Scope {
  readonly kinds: readonly WorkloadKind[];
  readonly namespaces: readonly string[];
  readonly isOurs: IsOurs;
}

/** A kind of which it is not known what it uses. */
export interface Unlisted {
  readonly kind: WorkloadKind;
  readonly why: string;
}

export interface UseLook {
  readonly used: Protected;
  readonly workloads: number;
  /** Empty: all that is in use is known. */
  readonly unlisted: readonly Unlisted[];
}

export function scopeOf({ protections }: RegistrySpec): Scope {
  const { namespaces = [], kinds = [] } = protections?.cluster ?? {};
  return { kinds: kinds.length === 0 ? workloadKinds : kinds, namespaces, isOurs: ownHosts(protections?.aliases) };
}

/**
 * Looks at every workload. What cannot be listed or understood is named, and what the others use is known all the same (R1: whoever removes must not go by
 * it). `budgetMs`: what is not listed by then counts as not listed. Rejects only when `signal` is aborted.
 */
export async function lookAtWorkloads(
  lister: WorkloadLister,
  { kinds, namespaces, isOurs }: Scope,
  budgetMs: number,
  signal: AbortSignal,
): Promise<UseLook> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(budgetMs)]);
  const used = new Protected(isOurs);
  const unlisted: Unlisted[] = [];
  let workloads = 0;
  for (const kind of kinds) {
    try {
      const { count, failure } = await lookAtKind({ lister, kind, namespaces, used }, until);
      workloads += count;
      if (failure !== undefined) unlisted.push({ kind, why: failure });
    } catch (error) {
      signal.throwIfAborted();
      const why = until.aborted ? `not listed within ${budgetMs / 1000} s` : messageOf(error);
      unlisted.push({ kind, why });
    }
  }
  return { used, workloads, unlisted };
}

interface KindPorts {
  readonly lister: WorkloadLister;
  readonly kind: WorkloadKind;
  readonly namespaces: readonly string[];
  readonly used: Protected;
}

/** How many there are, and what is wrong with the first that is not understood. */
async function lookAtKind(
  { lister, kind, namespaces, used }: KindPorts,
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly failure?: string }> {
  let count = 0;
  const failures: string[] = [];
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    for await (const page of lister.pages(kind, signal, namespace)) {
      count += page.length;
      failures.push(...page.flatMap((object) => failureOf(kind, object, used) ?? []).slice(0, 1));
    }
  }
  const [failure] = failures;
  return { count, ...(failure === undefined ? {} : { failure }) };
}

function failureOf(kind: WorkloadKind, object: unknown, used: Protected): string | undefined {
  try {
    used.add(imagesOf(kind, object));
    return undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return `${nameOf(object)}: ${error.message}`;
    throw error;
  }
}

/** For a person, whatever it is. */
function nameOf(object: unknown): string {
  const metadata = fieldIn(object, 'metadata');
  const [namespace, name] = [fieldIn(metadata, 'namespace'), fieldIn(metadata, 'name')];
  return typeof name === 'string' ? `${typeof namespace === 'string' ? `${namespace}/` : ''}${name}` : shown(object);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
