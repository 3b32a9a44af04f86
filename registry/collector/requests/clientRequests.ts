import type { Digest } from '../../../core/oci/digest.ts';
import type { Tombstone } from '../../../core/reach/tombstone.ts';
import type { Gate } from '../../../core/window/gate.ts';
import { isFenced } from '../../../core/window/gate.ts';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import { digestToken, tagToken, type Token } from '../../../core/window/token.ts';
import type { DeletionRequest, FinishedOutcome, RequestPlace } from '../../records/requests.ts';
import { inParallel } from '../../storage/parallel.ts';
import { layout } from '../../storage/layout.ts';
import type { RunPorts } from '../run/ports.ts';
import { carryOut, type Deletion, type Removal, type UndoSpan } from '../sweep/deletion.ts';
import { readTag, type StandingTag, tagsNaming } from '../sweep/standingTags.ts';

/** What a request would remove, as the storage stands at this moment. */
type Target =
  | { readonly is: 'absent' }
  | {
      readonly is: 'tag';
      readonly digest: Digest;
      readonly tags: readonly StandingTag[];
      readonly group: readonly Digest[];
    }
  | {
      readonly is: 'manifest';
      readonly digest: Digest;
      readonly tags: readonly StandingTag[];
      readonly group: readonly Digest[];
    }
  | { readonly is: 'layer'; readonly digest: Digest };

type TagTarget = Extract<DeletionRequest['target'], { readonly kind: 'tag' }>;

/** A request in a window. */
interface Claimed {
  readonly request: DeletionRequest;
  /** What its target was when the held set was made. */
  readonly target: Target;
  readonly standing: Tombstone | undefined;
}

/** What a window has to hold for the requests claimed in it. */
export interface ClaimedTokens {
  readonly held: readonly Token[];
  readonly tombstones: readonly Token[];
}

/**
 * Clients' DELETEs in the windows of one run. A request is claimed before the gate holds, looked at again after the acknowledgements, carried out, and
 * done before the gate lets go. One that changed in between stays claimed, and is claimed again by the next window, with the larger set (D3, F5).
 */
export class ClientRequests {
  readonly #ports: RunPorts;
  readonly #signal: AbortSignal;
  #claimed: Claimed[] = [];
  #todo: Claimed[] = [];
  #outcomes = new Map<string, FinishedOutcome>();

  constructor(ports: RunPorts, signal: AbortSignal) {
    this.#ports = ports;
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
      const target = await this.#look(request);
      const won = await this.#ports.records.requests.claim(request.id, from, window, this.#signal);
      if (won === 'lost') return [];
      return [{ request, target, standing: from === 'open' ? undefined : await this.#tombstoneOf(request) }];
    });
    this.#claimed = claims.flat();
    return {
      held: this.#claimed.flatMap(({ request, target }) => tokensOf(request, target)),
      tombstones: this.#claimed.flatMap(({ target }) => tombstonesOf(target)),
    };
  }

  /** After the acknowledgements: looks again at everything, and says what is still to be held. */
  async lookAgain(held: ReadonlySet<Token>): Promise<readonly Token[]> {
    // Side by side: everybody waits for it.
    const again = await inParallel(this.#claimed, async (claimed): Promise<Claimed> => ({
      ...claimed,
      target: await this.#look(claimed.request),
    }));
    for (const claimed of again) {
      const { request, target, standing } = claimed;
      if (target.is === 'absent') {
        this.#outcomes.set(request.id, { is: standing === undefined ? 'absent' : 'deleted' });
      } else if (tokensOf(request, target).every((token) => held.has(token))) {
        this.#todo.push(claimed);
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
    const referrers =
      target.is === 'tag' || target.is === 'absent' ? [] : await this.#referrersOf(request, target.digest);
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

  async #remove(window: WindowId, { request, target, standing }: Claimed, span: UndoSpan): Promise<Removal> {
    const { repository } = request.target;
    switch (target.is) {
      case 'absent':
        return 'removed';
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

  async #look({ target }: DeletionRequest): Promise<Target> {
    const { driver, referrers } = this.#ports;
    const { repository } = target;
    switch (target.kind) {
      case 'tag': {
        const tag = await readTag(driver, repository, target.tag, this.#signal);
        if (tag === undefined || !(await this.#isMeant(target, tag))) return { is: 'absent' };
        const along = await referrers.along(repository, tag.digest, this.#signal);
        return { is: 'tag', digest: tag.digest, tags: [tag], group: [tag.digest, ...along] };
      }
      case 'manifest': {
        const { digest } = target;
        if (target.ifWithoutBytes === true && (await driver.stat(layout.blob(digest), this.#signal)) !== undefined)
          return { is: 'absent' };
        const link = await driver.stat(layout.revisionLink(repository, digest), this.#signal);
        const tags = await tagsNaming(driver, repository, digest, this.#signal);
        if (link === undefined && tags.length === 0) return { is: 'absent' };
        const group = [digest, ...(await referrers.along(repository, digest, this.#signal))];
        return { is: 'manifest', digest, tags, group };
      }
      case 'blob': {
        const link = await driver.stat(layout.layerLink(repository, target.digest), this.#signal);
        return link === undefined ? { is: 'absent' } : { is: 'layer', digest: target.digest };
      }
    }
  }

  /** A repair means a tag only as long as nothing stands under it: one that was pushed again meanwhile is whole (D2). */
  async #isMeant({ repository, ifDangling }: TagTarget, { digest }: StandingTag): Promise<boolean> {
    if (ifDangling === undefined) return true;
    if (ifDangling !== digest) return false;
    const { driver } = this.#ports;
    const link = await driver.stat(layout.revisionLink(repository, digest), this.#signal);
    const data = await driver.stat(layout.blob(digest), this.#signal);
    return link === undefined || data === undefined;
  }

  /** D3, after the acknowledgements: a push that names this digest now waits, and one that was faster is seen here. */
  #referrersOf(request: DeletionRequest, digest: Digest): Promise<readonly Digest[]> {
    const { target } = request;
    const isWithoutBytes = target.kind === 'manifest' && target.ifWithoutBytes === true;
    if (isWithoutBytes) return Promise.resolve([]); // nothing that refers to it gets worse
    return this.#ports.referrers.of(target.repository, digest, this.#signal);
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

function tokensOf({ target: { repository } }: DeletionRequest, target: Target): readonly Token[] {
  switch (target.is) {
    case 'absent':
      return [];
    case 'tag':
      return target.tags.map(({ tag }) => tagToken(repository, tag));
    case 'manifest':
      return [digestToken(target.digest), ...target.tags.map(({ tag }) => tagToken(repository, tag))];
    case 'layer':
      return [digestToken(target.digest)];
  }
}

function tombstonesOf(target: Target): readonly Token[] {
  return target.is === 'tag' || target.is === 'manifest' ? target.group.map(digestToken) : [];
}
