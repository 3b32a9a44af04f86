import type { Tombstone } from '../../../core/reach/tombstone.ts';
import type { Gate } from '../../../core/window/gate.ts';
import { isFenced } from '../../../core/window/gate.ts';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import type { TokenLog } from '../../../core/window/journal.ts';
import type { Token } from '../../../core/window/token.ts';
import type { DeletionRequest, FinishedOutcome, RequestPlace } from '../../records/requests.ts';
import { inParallel } from '../../storage/parallel.ts';
import { layout } from '../../storage/layout.ts';
import type { RunPorts } from '../run/ports.ts';
import { carryOut, type Deletion, type Removal, type UndoSpan } from '../sweep/deletion.ts';
import { type Found, lookedAt, type Target, TargetLook, tokensOf, tombstonesOf } from './requestTarget.ts';

/** A request in a window. */
interface Claimed {
  readonly request: DeletionRequest;
  /** What its target was when the held set was made. */
  readonly target: Target;
  readonly standing: Tombstone | undefined;
  /** Found out once every life kept a journal of this run, so that it is true for as long as no journal names any of it. */
  readonly isLasting: boolean;
  /** Nobody referred to the target by then either. */
  readonly isUnneeded: boolean;
}

/** One that is to be carried out. */
type Due = Claimed & { readonly target: Found };

/** What a window has to hold for the requests claimed in it. */
export interface ClaimedTokens {
  readonly held: readonly Token[];
  readonly tombstones: readonly Token[];
}

/**
 * Clients' DELETEs in the windows of one run. A request is claimed before the gate holds, looked at again after the acknowledgements, carried out, and
 * done before the gate lets go. One that changed in between stays claimed, and is claimed again by the next window, with the larger set (D3, F5).
 *
 * So does one that takes long to look at. Every life that has acknowledged a window of a run keeps a journal for it: what later claims find stands in their
 * window as well unless a journal names it, and nobody waits for another look (docs/adr/0014).
 */
export class ClientRequests {
  readonly #ports: RunPorts;
  readonly #look: TargetLook;
  readonly #signal: AbortSignal;
  #claimed: Claimed[] = [];
  #todo: Due[] = [];
  #outcomes = new Map<string, FinishedOutcome>();
  /** All lives have acknowledged a window of this run. */
  #isHeard = false;

  constructor(ports: RunPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#look = new TargetLook(ports);
    this.#signal = signal;
  }

  /** Whether any request waits to be claimed. */
  async wait(): Promise<boolean> {
    return (await this.#ports.records.requests.listOpen(this.#signal)).length > 0;
  }

  /** Requests that a window may claim: open ones, and those of windows that are over. Whoever nobody answers for any more is withdrawn. */
  async claimable(gate: Gate): Promise<readonly { readonly request: DeletionRequest; readonly from: RequestPlace }[]> {
    const { requests } = this.#ports.records;
    const standing = new Set((await this.#ports.driver.openWindows(this.#signal)).map(({ window }) => window));
    const open = (await requests.listOpen(this.#signal)).map((request) => ({ request, from: 'open' as const }));
    const claimed = (await requests.listClaimed(this.#signal))
      .filter(({ window }) => !standing.has(window)) // a door once gone never comes back: nothing of that window can still happen
      .map(({ request, window }) => ({ request, from: window }));
    const all = [];
    for (const each of [...claimed, ...open]) {
      if (await this.#isAnsweredFor(each.request.life, gate)) all.push(each);
      else await requests.withdraw(each.request.id, each.from, this.#signal);
    }
    return all;
  }

  /** Claims them for a window whose door stands, before the gate holds (so that nobody can withdraw one and have it carried out nevertheless). */
  async claim(
    claimable: readonly { readonly request: DeletionRequest; readonly from: RequestPlace }[],
    window: WindowId,
  ): Promise<ClaimedTokens> {
    this.#claimed = [];
    this.#todo = [];
    this.#outcomes = new Map();
    const claims = await inParallel(claimable, async ({ request, from }): Promise<readonly Claimed[]> => {
      const looked = await this.#lookAhead(request);
      const won = await this.#ports.records.requests.claim(request.id, from, window, this.#signal);
      if (won === 'lost') return [];
      return [{ request, ...looked, standing: from === 'open' ? undefined : await this.#tombstoneOf(request) }];
    });
    this.#claimed = claims.flat();
    return {
      held: this.#claimed.flatMap(({ request, target }) => tokensOf(request, target)),
      tombstones: this.#claimed.flatMap(({ target }) => tombstonesOf(target)),
    };
  }

  /** After the acknowledgements: looks again at everything, and says what is still to be held. `touched` is all that any life touched in this run. */
  async lookAgain(held: ReadonlySet<Token>, touched: TokenLog): Promise<readonly Token[]> {
    // Side by side: everybody waits for it.
    const again = await inParallel(this.#claimed, (claimed) => this.#lookOnce(claimed, touched));
    this.#isHeard = true;
    for (const claimed of again) {
      const { request, target, standing } = claimed;
      if (target.is === 'unknown') continue;
      if (target.is === 'absent') {
        this.#outcomes.set(request.id, { is: standing === undefined ? 'absent' : 'deleted' });
      } else if (tokensOf(request, target).every((token) => held.has(token))) {
        this.#todo.push({ ...claimed, target });
      }
    }
    return this.#todo.flatMap(({ request, target }) => tokensOf(request, target));
  }

  get isDone(): boolean {
    return this.#todo.length === 0;
  }

  async removeNext(window: WindowId, span: UndoSpan): Promise<Removal> {
    const next = this.#todo.shift();
    if (next === undefined) return 'removed';
    const { request, target } = next;
    const referrers = next.isUnneeded ? [] : await this.#look.referrersOf(request, target, this.#signal);
    if (referrers.length > 0) {
      this.#outcomes.set(request.id, { is: 'referredTo', referrers });
      return 'removed';
    }
    const removal = await this.#remove(window, next, span);
    if (removal === 'removed') this.#outcomes.set(request.id, { is: 'deleted' });
    return removal;
  }

  /** While the window's gate stands, and what was removed is durable. */
  async finish(window: WindowId): Promise<void> {
    const { requests } = this.#ports.records;
    await inParallel([...this.#outcomes], async ([id, outcome]) => requests.finish(id, window, outcome, this.#signal));
    this.#claimed = [];
    this.#outcomes = new Map();
    this.#ports.requestsDone();
  }

  async #remove(window: WindowId, { request, target, standing }: Due, span: UndoSpan): Promise<Removal> {
    const { repository } = request.target;
    switch (target.is) {
      case 'layer': {
        const path = layout.layerDirectory(repository, target.digest);
        return (await this.#ports.driver.remove(window, path, this.#signal)) === 'windowOver'
          ? 'windowOver'
          : 'removed';
      }
      case 'tag':
      case 'manifest': {
        const deletion: Deletion = {
          ...{ repository, kind: target.is, digest: target.digest, tags: target.tags, group: target.group },
          revisions: target.is === 'manifest' ? [target.digest] : [],
          ...{ who: 'client', why: 'DELETE', request: request.id },
        };
        return carryOut(this.#ports, window, deletion, span, standing, this.#signal);
      }
    }
  }

  /** While nothing is held. */
  async #lookAhead(request: DeletionRequest): Promise<Pick<Claimed, 'target' | 'isLasting' | 'isUnneeded'>> {
    if (!this.#isHeard) {
      const target = await this.#look.lookBriefly(request, this.#signal);
      return { target, isLasting: false, isUnneeded: false };
    }
    const target = await this.#look.look(request, this.#signal);
    const referrers = await this.#look.referrersOf(request, target, this.#signal);
    return { target, isLasting: true, isUnneeded: referrers.length === 0 };
  }

  /** Another look, unless no journal says that it would see anything else. */
  async #lookOnce(claimed: Claimed, touched: TokenLog): Promise<Claimed> {
    const { request, target, isLasting } = claimed;
    if (target.is === 'unknown') return claimed;
    const isTouched = (token: Token): boolean => touched.has(this.#ports.hashToken(token));
    if (isLasting && !lookedAt(request, target).some(isTouched)) return claimed;
    return { ...claimed, target: await this.#look.look(request, this.#signal), isUnneeded: false };
  }

  async #tombstoneOf(request: DeletionRequest): Promise<Tombstone | undefined> {
    const tombstones = await this.#ports.records.tombstones.list(this.#signal);
    return tombstones.find((tombstone) => tombstone.request === request.id);
  }

  async #isAnsweredFor(life: LifeId, gate: Gate): Promise<boolean> {
    if (isFenced(gate, life)) return false;
    const member = await this.#ports.records.members.read(life, this.#signal);
    return member !== undefined && !member.record.left;
  }
}
