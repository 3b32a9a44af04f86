import { isDeepStrictEqual } from 'node:util';
import type { Page, PageRequest } from '../../../core/admin/paging.ts';
import { Problem } from '../../../core/admin/problem.ts';
import type { Protect, RunItem, RunOrder, RunView, Status } from '../../../core/admin/schema.ts';
import { Unanswered } from '../client.ts';
import type { EndpointAnswer, Replicas } from '../replicas.ts';
import { endedView, startingView } from './runViews.ts';
import { statusOf } from './statuses.ts';

/**
 * Replicas of one Registry as a test scripts them. They take orders as the real ones do: the same id again is the same run, and with another order is
 * refused. A run stays as it was ordered until the test says what it came to, or `onOrder` does.
 */
export class FakeReplicas implements Replicas {
  /** Every order that was taken up, once, in order. */
  readonly orders: RunOrder[] = [];
  /** Every call that asked for one to begin, the repeated ones too. */
  readonly begun: string[] = [];
  readonly cancelled: string[] = [];
  /** What was said of protections, in order. */
  readonly said: (readonly [source: string, said: Protect])[] = [];
  /** Owner → reason. */
  readonly readOnly = new Map<string, string>();
  /** What each endpoint answers. */
  statusesNow: readonly EndpointAnswer[] = [{ endpoint: 'http://127.0.0.1:5443', is: 'answered', status: statusOf() }];
  /** Whether none answers. */
  isSilent = false;
  /** Whether orders are taken up, and the answer is lost. */
  losesAnswers = false;
  /** What every call is refused with, if anything. */
  refusal: Problem | undefined;
  /** The view of a run right after its order. */
  onOrder: (order: RunOrder) => RunView = startingView;
  readonly #orderOf = new Map<string, RunOrder>();
  readonly #views = new Map<string, RunView>();
  readonly #items = new Map<string, readonly RunItem[]>();

  /** From now on this is the run of that id, whether or not it was ordered. */
  show(view: RunView): void {
    this.#views.set(view.id, view);
  }

  /** Ends a run: `Completed`, unless said otherwise. `more` is what else its view then says. */
  end(id: string, ended: Partial<NonNullable<RunView['ended']>> = {}, more: Partial<RunView> = {}): void {
    this.show(endedView({ ...this.view(id), ...more }, ended));
  }

  view(id: string): RunView {
    const view = this.#views.get(id);
    if (view === undefined) throw new Error(`nobody ordered ${id}; ordered were ${[...this.#views.keys()].join(', ')}`);
    return view;
  }

  /** As a storage on which its order never came to lie. */
  lose(id: string): void {
    this.#views.delete(id);
    this.#orderOf.delete(id);
  }

  list(id: string, of: string | undefined, items: readonly RunItem[]): void {
    this.#items.set(`${id} ${of ?? ''}`, items);
  }

  async statuses(): Promise<readonly EndpointAnswer[]> {
    if (!this.isSilent) return this.statusesNow;
    return this.statusesNow.map(({ endpoint }) => ({ endpoint, is: 'silent', why: 'connect ECONNREFUSED' }));
  }

  async beginRun(order: RunOrder): Promise<RunView> {
    this.#answer();
    this.begun.push(order.id);
    const earlier = this.#orderOf.get(order.id);
    if (earlier !== undefined && !isDeepStrictEqual(earlier, order)) {
      throw new Problem('RUN_DIFFERS', `${order.id} was ordered otherwise before`);
    }
    if (!this.#views.has(order.id)) {
      this.orders.push(order);
      this.#views.set(order.id, this.onOrder(order));
    }
    this.#orderOf.set(order.id, order);
    if (this.losesAnswers) throw new Unanswered('the connection broke');
    return this.view(order.id);
  }

  async run(id: string): Promise<RunView | undefined> {
    this.#answer();
    return this.#views.get(id);
  }

  /** As the real ones: asks, and the run ends at its next batch, which is the test's to say. */
  async cancel(id: string): Promise<RunView | undefined> {
    this.#answer();
    const view = this.#views.get(id);
    if (view !== undefined && !this.cancelled.includes(id)) this.cancelled.push(id);
    return view;
  }

  async items(id: string, of: string | undefined, { n, last }: PageRequest): Promise<Page<RunItem>> {
    this.#answer();
    const start = last === undefined ? 0 : Number(last);
    const all = this.#items.get(`${id} ${of ?? ''}`) ?? [];
    const items = all.slice(start, start + n);
    return start + n < all.length ? { items, last: String(start + n) } : { items };
  }

  async protect(source: string, said: Protect): Promise<void> {
    this.#answer();
    this.said.push([source, said]);
  }

  async declareReadOnly(reason: string, owner: string): Promise<void> {
    this.#answer();
    const [other] = [...this.readOnly.keys()].filter((one) => one !== owner);
    if (other !== undefined) throw new Problem('READ_ONLY_OWNED', `${other} declared the registry read-only`);
    this.readOnly.set(owner, reason);
  }

  async withdrawReadOnly(owner: string): Promise<void> {
    this.#answer();
    const [other] = [...this.readOnly.keys()].filter((one) => one !== owner);
    if (other !== undefined) throw new Problem('READ_ONLY_OWNED', `${other} declared the registry read-only`);
    this.readOnly.delete(owner);
  }

  /** What one that answers says, changed for this test. */
  answerWith(...statuses: readonly Status[]): void {
    this.statusesNow = statuses.map((status, index) => ({
      endpoint: `http://127.0.0.1:${5443 + index}`,
      is: 'answered',
      status,
    }));
  }

  #answer(): void {
    if (this.isSilent) throw new Unanswered('no admin API answers at http://127.0.0.1:5443: connect ECONNREFUSED');
    if (this.refusal !== undefined) throw this.refusal;
  }
}
