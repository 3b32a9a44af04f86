import { Problem } from '../../../core/admin/problem.ts';
import type { RunView } from '../../../core/admin/schema.ts';
import type { Runs } from '../storageAdministration.ts';

/** Runs that begin and go on until they are cancelled, in the order in which they were asked for. */
export class FixedRuns implements Runs {
  readonly begun = new Map<string, { readonly view: RunView; readonly by: string }>();

  async beginRun({ id, mode }: Parameters<Runs['beginRun']>[0], by: string): Promise<RunView> {
    const standing = this.begun.get(id);
    if (standing !== undefined) return standing.view;
    const view = { ...going, id, mode };
    this.begun.set(id, { view, by });
    return view;
  }

  async run(id: string): Promise<RunView> {
    return this.#of(id).view;
  }

  /** Two items, which say what was asked for. */
  async items(id: string, { of, n, last }: Parameters<Runs['items']>[1]): ReturnType<Runs['items']> {
    this.#of(id);
    const items = [0, 1].map(
      (at) => ({ n: at, step: 'tag', object: `${of ?? 'all'} ${at}`, fate: 'planned', why: 'test' }) as const,
    );
    const rest = last === undefined ? items : items.filter((item) => item.n > Number(last));
    return rest.length > n ? { items: rest.slice(0, n), last: String(n - 1) } : { items: rest };
  }

  async approve(id: string, _plan: string, by: string): Promise<RunView> {
    const { view } = this.#of(id);
    return this.beginRun({ id: `${view.id}-approved`, mode: 'execute', input: { policies: [], requests: [] } }, by);
  }

  async cancel(id: string, by: string): Promise<RunView> {
    const ended = { at: going.startedAt, succeeded: false, reason: 'Cancelled', message: 'it was cancelled' };
    const view = { ...this.#of(id).view, ended };
    this.begun.set(id, { view, by });
    return view;
  }

  async last(): Promise<RunView | undefined> {
    return [...this.begun.values()].at(-1)?.view;
  }

  #of(id: string): { readonly view: RunView; readonly by: string } {
    const found = this.begun.get(id);
    if (found === undefined) throw new Problem('RUN_UNKNOWN', `there is no run ${id}`);
    return found;
  }
}

const none = { request: 0, tag: 0, untagged: 0, manifest: 0, layer: 0, data: 0 };

const going: RunView = {
  id: 'a',
  mode: 'plan',
  executor: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  progress: { phase: 'Marking', done: 0, total: 0 },
  windows: { count: 0, longestMs: 0 },
  mark: { repositories: 0, tags: 0, manifests: 0, layers: 0, blobs: 0, seconds: 0 },
  alreadyAbsent: [],
  sweep: { suspects: 0, removed: 0, removedBySteps: none, spared: 0, bytes: 0 },
};
