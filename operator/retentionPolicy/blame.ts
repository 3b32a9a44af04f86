import type { Problem } from '../../core/admin/problem.ts';

/** One mistake in one document of an order that was refused. */
export interface Blamed {
  readonly list: 'policies' | 'requests' | 'keepers';
  readonly index: number;
  readonly says: string;
}

const place = /^input\.(policies|requests|keepers)\[(\d{1,4})\](?:\.(.*))?$/s;

/** Mistakes that are in none of its documents are left out. */
export function blamedIn({ mistakes }: Problem): readonly Blamed[] {
  return mistakes.flatMap((mistake) => {
    const [, list, index, path = ''] = place.exec(mistake.path) ?? [];
    if (list !== 'policies' && list !== 'requests' && list !== 'keepers') return [];
    return [{ list, index: Number(index), says: path === '' ? mistake.says : `${path} ${mistake.says}` }];
  });
}
