import type { Gate } from '../../gate.ts';
import type { LifeId, WindowId } from '../../identity.ts';
import type { TokenLog } from '../../journal.ts';
import type { MemberView } from '../../member.ts';
import type { Batch, RunEffect, RunSettings, RunState } from '../../run/state.ts';
import type { TokenHash } from '../../token.ts';
import type { Name } from './names.ts';
import type { Path, Stored, StoredMember, Tombstone } from './records.ts';

/** An executor's process. */

export interface Marked {
  readonly at: number;
  readonly tags: ReadonlyMap<Name, Stored>;
  readonly tombstones: readonly Tombstone[];
  readonly protections: ReadonlySet<Name>;
  readonly revisions: ReadonlyMap<Name, Stored>;
  readonly layers: ReadonlyMap<Name, Stored>;
  readonly data: ReadonlyMap<Name, Stored>;
  readonly next: 'tags' | 'tombstones' | 'revisions' | 'layers' | 'data' | 'complete';
}

/** What was found out of a request while nothing was held, and every life kept a journal of this run: true for as long as none names any of it (ADR 14). */
export interface Ahead {
  readonly isAbsent: boolean;
  /** Unknown until referrers were listed, too. */
  readonly isUnneeded: boolean;
}

export interface RequestItem {
  readonly of: 'request';
  readonly id: number;
  readonly digest: Name;
  readonly tags: readonly Name[];
  readonly ahead?: Ahead;
}

export type Item =
  | RequestItem
  | { readonly of: 'tag'; readonly tag: Name; readonly digest: Name }
  | { readonly of: 'revision' | 'layer' | 'data'; readonly digest: Name };

export type RemovalStep =
  | { readonly do: 'checkReferrers'; readonly id: number; readonly digest: Name; readonly ahead?: Ahead }
  | { readonly do: 'bury'; readonly tombstone: Omit<Tombstone, 'until'> }
  | {
      readonly do: 'look' | 'land';
      readonly path: Path;
      readonly digest: Name;
      readonly request?: number;
      /** Of a signed request. */
      readonly expires?: number;
    }
  | { readonly do: 'awaitExpiry'; readonly until: number }
  | { readonly do: 'carriedOut'; readonly id: number; readonly code: number };

/** What the executor's process knows besides the machine's state. */
export interface Notebook {
  readonly mark: Marked | undefined;
  readonly plan: readonly Item[];
  readonly batch: readonly Item[];
  readonly removing: readonly RemovalStep[];
  /** Revisions that went in this run. */
  readonly gone: readonly Name[];
  readonly carriedOut: readonly { readonly id: number; readonly code: number }[];
  /** How much of what was heard earlier windows have used up (only where spares are not carried). */
  readonly usedUp: number;
  /** What earlier closures reached (only where they are not made anew). */
  readonly reached: readonly Name[];
  /** What journals name: of what was heard, all that is no tombstone of this run. */
  readonly touched: TokenLog;
  /** A window of requests was acknowledged in this run: every life keeps a journal of it. */
  readonly isHeard: boolean;
  /** Fenced lives that nobody listens to (only where fences are not finished first). */
  readonly leftOut: readonly LifeId[];
}

/** How far the effect under way has come. */
export type Progress =
  | { readonly on: 'nothing' }
  | { readonly on: 'door' }
  | { readonly on: 'waiting'; readonly since: number }
  | { readonly on: 'lives'; readonly left: readonly { readonly life: LifeId; readonly what: 'stage' | 'record' }[] }
  | {
      readonly on: 'members';
      readonly listedAt: number;
      /** In no order: whose record comes next is chance. */
      readonly left: ReadonlySet<LifeId>;
      readonly record: StoredMember | undefined;
      readonly views: readonly MemberView[];
    }
  | {
      readonly on: 'batch';
      readonly window: WindowId;
      readonly items: readonly Item[];
      readonly at: 'lookAhead' | 'referrersAhead' | 'claim' | 'list' | 'open';
    }
  | { readonly on: 'narrowed'; readonly held: readonly TokenHash[] };

export interface Running {
  readonly settings: RunSettings;
  readonly state: RunState;
  readonly effect: RunEffect;
  readonly progress: Progress;
  readonly notebook: Notebook;
  readonly window?: Batch;
}

export interface Executor {
  readonly lag: number;
  readonly running: Running | undefined;
  readonly runsLeft: number;
}

/** Fences lives that have been silent for long, from OPEN only: any process does that now and then. */
export type Housekeeper =
  | { readonly at: 'idle' }
  | { readonly at: 'sawGate'; readonly gate: Gate }
  | { readonly at: 'sawRecord'; readonly gate: Gate; readonly life: LifeId }
  | { readonly at: 'fencing'; readonly life: LifeId; readonly next: 'stage' | 'record' };
