import type { DeleteRequestResource, DeleteTarget } from './deleteRequest.ts';

/** What makes a request this request and no other, wherever it was applied again and whatever uid it has there. */
export type RequestIdentity = Pick<DeleteRequestResource, 'namespace' | 'name' | 'targets' | 'cutoff' | 'referrers'>;

/**
 * The text whose hash names the record of an executed request (D1; design, section 4, rule 1). Written once and compared for ever: it never changes.
 * The order of targets, and one given twice, make no difference.
 */
export function requestKey(registry: string, { namespace, name, targets, cutoff, referrers }: RequestIdentity): string {
  const wanted = [...new Set(targets.map(targetText))].sort();
  return JSON.stringify([registry, namespace, name, wanted, cutoff ?? null, referrers]);
}

function targetText(target: DeleteTarget): string {
  switch (target.by) {
    case 'digest':
      return JSON.stringify([target.by, target.repository, target.digest]);
    case 'tag':
      return JSON.stringify([target.by, target.repository, target.tag, target.digest ?? null]);
    case 'tagGlob':
      return JSON.stringify([target.by, target.repository, target.glob]);
    case 'repository':
      return JSON.stringify([target.by, target.glob]);
  }
}
