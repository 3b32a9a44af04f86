import type { Kind, Marked } from '../mark.ts';
import type { PlanItem } from '../planItem.ts';
import { digest } from './world.ts';

/** Writes digests back as the names that a test gave them. */
export class Names {
  readonly #names: ReadonlyMap<string, string>;

  constructor(names: Iterable<string>) {
    this.#names = new Map(Array.from(names, (name) => [digest(name), name]));
  }

  in(text: string): string {
    return text.replaceAll(/sha256:[0-9a-f]{64}/g, (each) => this.#names.get(each) ?? each);
  }

  item(item: PlanItem): string {
    switch (item.step) {
      case 'request': {
        const tags = item.tags.map(({ tag }) => tag).join(',');
        return this.in(`request ${item.kind} ${item.repository}@${item.digest} [${tags}] {${item.group.join(',')}}`);
      }
      case 'tag':
        return this.in(`tag ${item.repository}:${item.tag}@${item.digest} {${item.group.join(',')}}`);
      case 'untagged':
        return this.in(`untagged ${item.repository}@${item.digest} {${item.group.join(',')}}`);
      case 'manifest':
        return this.in(`manifest ${item.repository}@${item.digest} ${item.why}`);
      case 'layer':
        return this.in(`layer ${item.repository}@${item.digest}`);
      case 'data':
        return this.in(`data ${item.digest}`);
    }
  }

  suspects(marked: Marked, kind: Kind): string[] {
    const { graph, suspects } = marked;
    return Array.from(suspects[kind], (row) => {
      if (kind === 'data') return this.in(graph.dataOf(row).digest);
      const { repository, digest: named } = kind === 'manifest' ? graph.revisionOf(row) : graph.layerOf(row);
      return this.in(`${repository}@${named}`);
    }).sort();
  }
}
