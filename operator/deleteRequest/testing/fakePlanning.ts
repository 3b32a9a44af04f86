import type { EachPlan } from '../../../core/admin/schema.ts';
import type { Planned, Planning } from '../../planning/ports.ts';
import type { Resource } from '../../resources/home.ts';

type Unit = Parameters<Planning['forget']>[0];

/** A plan of the request `default/dr`, of one entry. */
export function eachPlan(change: Partial<EachPlan> = {}): EachPlan {
  return {
    kind: 'DeleteRequest',
    name: 'default/dr',
    digest: `sha256:${'1'.repeat(64)}`,
    entries: 1,
    repositories: 1,
    tags: 1,
    manifests: 1,
    uniqueBytes: 1000,
    protected: 0,
    topRepositories: [],
    items: 1,
    ...change,
  };
}

/** Planning as a test scripts it: what is asked for is pending at first, and `answer` when it is asked for again, until it is forgotten. */
export class FakePlanning implements Planning {
  answer: Exclude<Planned, { is: 'pending' }> | undefined = {
    ...{ is: 'planned', run: 'plan-1', at: '2026-11-23T02:00:00.000Z' },
    plan: eachPlan(),
  };
  /** Each plan that was begun, by its token. */
  readonly begun: string[] = [];
  readonly #asked = new Map<string, string>();

  ask(_registry: Resource<'Registry'>, { metadata }: Unit, token: string): Planned {
    const asked = `${metadata.generation} ${token}`;
    if (this.#asked.get(metadata.uid) === asked && this.answer !== undefined) return this.answer;
    if (this.#asked.get(metadata.uid) !== asked) this.begun.push(token);
    this.#asked.set(metadata.uid, asked);
    return { is: 'pending' };
  }

  forget({ metadata }: Unit): void {
    this.#asked.delete(metadata.uid);
  }

  /** As a process that died. */
  loseAll(): void {
    this.#asked.clear();
  }
}
