import type { Page, PageRequest } from '../core/admin/paging.ts';

/** Every item of a list, page by page. */
export async function* pages<T>(ask: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  let page: Page<T> = await ask({ n: 1000 });
  yield* page.items;
  while (page.last !== undefined) {
    page = await ask({ n: 1000, last: page.last });
    yield* page.items;
  }
}
