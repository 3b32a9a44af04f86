import Type, { type Static, type TProperties, type TSchema } from 'typebox';

/*
 * The admin API's documents (design section 6), one schema for the server that answers, the command that asks, and the page that describes. Every text,
 * list and number has a bound; moments are RFC 3339, durations whole milliseconds.
 */

function closed<P extends TProperties>(properties: P): Type.TObject<P> {
  return Type.Object(properties, { additionalProperties: false });
}

function nullable<S extends TSchema>(schema: S): Type.TUnion<[S, Type.TNull]> {
  return Type.Union([schema, Type.Null()]);
}

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const text = Type.String({ maxLength: 4096 });
const moment = Type.String({ maxLength: 64 });
const digest = Type.String({ pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' });
const repository = Type.String({ minLength: 1, maxLength: 255 });
const tag = Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$' });

export const RunName = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' });
export const SourceName = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' });

export const RunOrder = closed({
  id: RunName,
  mode: Type.Union([Type.Literal('plan'), Type.Literal('execute')]),
  approvedPlan: Type.Optional(digest),
  /** `each`, in mode `plan` only: from one mark a plan for every policy (all the others only keep) and for every request by itself. Absent: `together`. */
  plans: Type.Optional(Type.Union([Type.Literal('together'), Type.Literal('each')])),
  input: closed({
    policies: Type.Array(Type.Unknown(), { maxItems: 500 }),
    /** RetentionPolicies that keep, and remove nothing; whatever their mode, suspended ones too (keep beats delete across policies, R1). */
    keepers: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 5000 })),
    requests: Type.Array(Type.Unknown(), { maxItems: 500 }),
    /** Whether what nothing reaches goes as well; absent: yes. Where not, it does not count against any limit either. */
    collect: Type.Optional(Type.Boolean()),
    untagged: Type.Optional(Type.Union([Type.Literal('Keep'), Type.Literal('Delete')])),
    /** Only resources of this Registry are taken; absent: all. */
    registry: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
    /** Of the Registry; policies may tighten them. `unapprovedDeletes`: how much requests pinned by digest may remove without an approved plan (0). */
    limits: Type.Optional(
      closed({
        maxDeletesPerRun: Type.Optional(count),
        maxDeletePercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
        unapprovedDeletes: Type.Optional(count),
      }),
    ),
    /** Repositories that the last mark saw are gone, and that is as it should be. */
    acceptMissing: Type.Optional(Type.Boolean()),
  }),
});
export type RunOrder = Static<typeof RunOrder>;

export const Approval = closed({ plan: digest });

export const Protect = closed({
  /** How long this may be relied on before the source must speak again; absent: 10 minutes. */
  maxAgeMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 3_155_760_000_000 })),
  complete: Type.Boolean(),
  digests: Type.Array(digest, { maxItems: 1_000_000 }),
  tags: Type.Array(closed({ repository, tag }), { maxItems: 1_000_000 }),
});
export type Protect = Static<typeof Protect>;

export const UndeleteTarget = Type.Union([closed({ repository, tag }), closed({ repository, digest })]);
export type UndeleteTarget = Static<typeof UndeleteTarget>;

const owner = Type.String({ minLength: 1, maxLength: 253 });
/** Without an owner, the key's name is it. */
export const ReadOnlyDeclaration = closed({
  reason: Type.String({ minLength: 1, maxLength: 1024 }),
  owner: Type.Optional(owner),
});
/** Only if this owner declared it; absent: whoever did (a person's last word). */
export const ReadOnlyOwner = Type.Object({ owner: Type.Optional(owner) });

export const Nudge = closed({ epoch: count });

export const ItemsPage = Type.Object({
  n: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  last: Type.Optional(Type.String({ maxLength: 512 })),
  /** `KIND/NAMESPACE/NAME` where the run made a plan for each. */
  of: Type.Optional(Type.String({ maxLength: 512 })),
});

export const Page = Type.Object({
  n: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })),
  last: Type.Optional(Type.String({ maxLength: 512 })),
});

// What is answered.

export const AuditView = closed({
  manifests: count,
  missing: count,
  missingItems: Type.Array(text, { maxItems: 1000 }),
});
export type AuditView = Static<typeof AuditView>;

const readOnly = closed({ reason: text, owner: text, since: moment });

const some = Type.Number({ minimum: 0 });
const steps = closed({ request: count, tag: count, untagged: count, manifest: count, layer: count, data: count });

/** What a plan would remove. The digest is over what policies and requests resolve to; what nothing reaches is not in it (G7). */
const planCounts = {
  digest,
  /** Of what policies and requests name, what would go: a tag, a manifest with its tags and group. */
  entries: count,
  /** Repositories that anything of it is in. */
  repositories: count,
  tags: count,
  /** Manifests whose links go, at once or once the tombstone of their tag has lapsed. */
  manifests: count,
  /** Bytes that nothing else leads to. */
  uniqueBytes: count,
  /** Entries that would go and are spared: promised, young, protected, referred to. */
  protected: count,
  /** Those with the most tags and manifests to go, the first first. */
  topRepositories: Type.Array(closed({ repository, tags: count, manifests: count }), { maxItems: 10 }),
  /** Which limits it is over (G8); absent: none. */
  brake: Type.Optional(text),
};

/** The plan of one policy or one request among several that one mark served. */
export const EachPlan = closed({
  kind: Type.Union([Type.Literal('RetentionPolicy'), Type.Literal('DeleteRequest')]),
  /** `namespace/name` */
  name: Type.String({ minLength: 3, maxLength: 317 }),
  ...planCounts,
  /** How many items `GET /runs/{id}/items?of=KIND/NAMESPACE/NAME` lists. */
  items: count,
});
export type EachPlan = Static<typeof EachPlan>;

/** The status of a run, from its order on. */
export const RunView = closed({
  id: RunName,
  mode: Type.Union([Type.Literal('plan'), Type.Literal('execute')]),
  executor: text,
  startedAt: moment,
  /** Present once it has ended, and only then. */
  ended: Type.Optional(
    closed({
      at: moment,
      succeeded: Type.Boolean(),
      /** `Completed`, or why not: `Doubt`, `ForeignWriter`, `ProtectionsStale`, `LimitExceeded`, `PlanChanged`, `Fenced`, … */
      reason: text,
      message: text,
    }),
  ),
  /** `Queued` (behind another run of its process), `Starting`, `Marking`, `Planning`, `Sweeping`, `Auditing` or `Ended`; a `total` of 0 is not known yet. */
  progress: closed({ phase: text, done: count, total: count, estimatedSeconds: Type.Optional(some) }),
  windows: closed({ count, longestMs: some }),
  mark: closed({ repositories: count, tags: count, manifests: count, layers: count, blobs: count, seconds: some }),
  /** DeleteRequests (`namespace/name`) that an earlier run carried out (D1). */
  alreadyAbsent: Type.Array(text),
  /** Absent where each has its own. */
  plan: Type.Optional(
    closed({
      ...planCounts,
      suspects: count,
      items: count,
      /** Entries of the approved plan that the storage no longer has. */
      gone: Type.Optional(count),
    }),
  ),
  plans: Type.Optional(Type.Array(EachPlan, { maxItems: 1000 })),
  sweep: closed({
    suspects: count,
    removed: count,
    removedBySteps: steps,
    spared: count,
    bytes: count,
    undoableUntil: Type.Optional(moment),
  }),
  audit: Type.Optional(
    closed({ manifests: count, missing: count, putBack: count, missingItems: Type.Array(text, { maxItems: 1000 }) }),
  ),
});
export type RunView = Static<typeof RunView>;

/** R3: one thing that goes, went or stays, and what decided it. */
export const RunItem = closed({
  n: count,
  step: text,
  object: text,
  fate: Type.Union([Type.Literal('planned'), Type.Literal('spared')]),
  why: text,
  by: Type.Optional(text),
  bytes: Type.Optional(count),
});
export type RunItem = Static<typeof RunItem>;

export const Status = closed({
  storage: text,
  version: text,
  /** The replica that answers; absent where a command answers straight from a storage. */
  self: Type.Optional(closed({ instance: text, life: nullable(text) })),
  gate: closed({
    epoch: count,
    phase: Type.Union([
      Type.Literal('OPEN'),
      Type.Literal('MARKING'),
      Type.Literal('HOLDING'),
      Type.Literal('SWEEPING'),
    ]),
    run: Type.Optional(text),
    window: Type.Optional(text),
    fenced: count,
    readOnly: Type.Optional(readOnly),
  }),
  durations: closed({ permitTTLMs: count, windowMs: count, promiseTTLMs: count }),
  lives: Type.Array(
    closed({
      life: text,
      instance: text,
      version: text,
      epoch: nullable(count),
      /** Since its record was last written, by the storage's clock. */
      ageMs: count,
      left: Type.Boolean(),
    }),
  ),
  tombstones: count,
  lastRun: Type.Optional(RunView),
});
export type Status = Static<typeof Status>;

export const Protection = closed({
  source: SourceName,
  /** Absent where the source is named but was not heard. */
  observedAt: Type.Optional(moment),
  maxAgeMs: Type.Optional(Type.Number({ minimum: 0 })),
  /** Why nothing is removed because of it: `absent`, `incomplete`, `stale` or `ahead`. */
  unsure: Type.Optional(text),
  complete: Type.Boolean(),
  digests: count,
  tags: count,
});
export type Protection = Static<typeof Protection>;

export const TombstoneView = closed({
  id: text,
  repository,
  kind: Type.Union([Type.Literal('tag'), Type.Literal('manifest')]),
  digest,
  tags: Type.Array(tag),
  at: moment,
  until: moment,
  isLapsed: Type.Boolean(),
  who: text,
  why: text,
});
export type TombstoneView = Static<typeof TombstoneView>;

export const Undeleted = closed({ repository, digest, tags: Type.Array(tag), manifests: count });
export type Undeleted = Static<typeof Undeleted>;

export const NudgeAnswer = closed({ life: text, epoch: nullable(count) });
export type NudgeAnswer = Static<typeof NudgeAnswer>;
