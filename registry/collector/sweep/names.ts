import type { PlanItem } from '../../../core/reach/planItem.ts';

/** What an item is about, as people look for it. */
export function nameOf(item: PlanItem): string {
  switch (item.step) {
    case 'request':
      return item.kind === 'tag'
        ? item.tags.map(({ tag }) => `${item.repository}:${tag}`).join(' ')
        : `${item.repository}@${item.digest}`;
    case 'tag':
      return `${item.repository}:${item.tag}`;
    case 'untagged':
    case 'manifest':
    case 'layer':
      return `${item.repository}@${item.digest}`;
    case 'data':
      return item.digest;
  }
}
