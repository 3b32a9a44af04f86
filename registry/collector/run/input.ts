import type { DeleteRequestResource } from '../../../core/resources/deleteRequest.ts';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import type { RunId } from '../../../core/window/identity.ts';

/** What a run is asked for; stored with it. Equal input and equal storage give an equal plan. */
export interface RunInput {
  /** The name that the run is known by; the same name is the same run. Gates name an attempt of it. */
  readonly id: RunId;
  /** `plan` shows what `execute` would remove, by the same computation (G7). */
  readonly mode: 'plan' | 'execute';
  /** The digest of the plan that somebody approved: what it held, or what is left of that, is carried out, over any limit (G7, G8). */
  readonly approvedPlan?: string;
  /** No two have the same name. */
  readonly policies: readonly RetentionPolicy[];
  /** Names of those that act, be it in a preview; the others only keep. Left out: all act. */
  readonly acting?: readonly string[];
  readonly requests: readonly DeleteRequestResource[];
  /** G8 */
  readonly limits: Limits;
  /** Left out: what nothing reaches goes as well. */
  readonly collect?: false;
  /** In mode `plan` only: a plan for each policy that acts and for each request. Left out: one for all together. */
  readonly plans?: 'each';
  /** Of these policies, in the plan that each gets for itself; other policies and all requests have `limits`. */
  readonly limitsOf?: Readonly<Record<string, Limits>>;
  /** In place of the configuration's. */
  readonly untagged?: 'Keep' | 'Delete';
  /** Repositories have vanished from the storage, and that is as it should be. */
  readonly acceptMissing?: boolean;
}

/** G8. Left out: no such limit. */
export interface Limits {
  /** Tags and manifests that the run removes. */
  readonly maxDeletes?: number;
  /** Of all tags, all manifests, all data, each by itself; 0 to 100. */
  readonly maxDeletePercent?: number;
}
