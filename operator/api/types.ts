/*
 * Generated from crds/ by `npm run generate`: do not edit. The kinds of coppice.dev/v1alpha1. Whoever makes an object may leave out what has a
 * default; in one that was admitted it is there. A status has what it has from the first moment on: {observedGeneration: -1}.
 */

export interface Condition {
  /** CamelCase; one condition of each type. */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The generation that this condition speaks of. */
  readonly observedGeneration?: number;
  /** RFC 3339. When the status last became another. */
  readonly lastTransitionTime: string;
  /** CamelCase, one word for machines. */
  readonly reason: string;
  /** A sentence for people; may be empty. */
  readonly message: string;
}

export interface RepositoryCounts {
  readonly repository: string;
  readonly tags: number;
  readonly manifests: number;
}

export interface RegistrySpec {
  /**
   * The admin API of every replica, as URLs without a path such as https://127.0.0.1:5443. For replicas outside a cluster; in one, give replicas
   * instead.
   */
  readonly endpoints?: readonly string[];
  /** The replicas as pods of this cluster, in this namespace. Outside a cluster give endpoints instead. */
  readonly replicas?: {
    /** Which pods are replicas. */
    readonly podSelector: {
      /** A pod that has all of these labels is a replica. */
      readonly matchLabels: Readonly<Record<string, string>>;
    };
    /** The port of each pod that answers the admin API. Default: 5443. */
    readonly adminPort?: number;
    /**
     * The name that the replicas' certificates are for, such as registry-admin.images.svc; they are reached at the addresses of their pods.
     * Absent: the address.
     */
    readonly serverName?: string;
    /**
     * A Secret of this namespace with the certificate authority (PEM) that the replicas' certificates are checked against. Absent: those that Node
     * trusts.
     */
    readonly caSecretRef?: {
      readonly name: string;
      /** Of the Secret's data. */
      readonly key: string;
    };
  };
  /**
   * How the operator proves itself to the admin API. Absent: not at all outside a cluster, and by a projected token of its service account in
   * one.
   */
  readonly auth?: {
    /** A file on the operator's machine that holds the token; read anew whenever it is used. */
    readonly tokenFile: string;
  };
  /** When and how the storage is collected. Absent: only when somebody makes a CollectionRun. */
  readonly collection?: {
    /** When a collection begins: a cron expression of five fields. Absent: never by itself. */
    readonly schedule?: string;
    /** Of schedule and allowed: a name of the time zone database such as Europe/Berlin. Absent: UTC. */
    readonly timeZone?: string;
    /** Seconds. A collection that could not begin so long after its time is passed over. Absent: it is made up for however late. */
    readonly startingDeadlineSeconds?: number;
    /**
     * When windows may open, and so when anything may be removed: a run outside of these waits, and one that is still going on when they end goes
     * on in the next. Absent: always.
     */
    readonly allowed?: readonly {
      /** When it begins: a cron expression of five fields. */
      readonly schedule: string;
      /** How long it lasts, in hours, minutes and seconds such as 2h or 1h30m; from 1m to 168h. */
      readonly duration: string;
    }[];
    /**
     * What a collection does with manifests that nothing refers to and no tag names. Keep, or Delete once they are older than the replicas'
     * minAge. Default: Keep.
     */
    readonly untagged?: 'Keep' | 'Delete';
    /** How many CollectionRuns of the schedule that succeeded are kept. Default: 3. */
    readonly successfulRunsHistoryLimit?: number;
    /** How many CollectionRuns of the schedule that failed are kept. Default: 3. */
    readonly failedRunsHistoryLimit?: number;
  };
  /** What else is never removed. */
  readonly protections?: {
    /**
     * Images that workloads of the cluster use. Absent: all kinds of workloads, in every namespace that can be seen. A directory of resources has
     * none.
     */
    readonly cluster?: {
      /** Where workloads are looked for. Absent or empty: in every namespace that can be seen. */
      readonly namespaces?: readonly string[];
      /** Which kinds of workloads are looked at. Absent or empty: all of them. */
      readonly kinds?: readonly (
        'Pod' | 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob' | 'ControllerRevision'
      )[];
    };
    /**
     * Every host name by which workloads name this registry, with a port where it is not 443 or 80. Tags in image references that begin with one
     * are in use. Absent or empty: those in all references are, whatever their host, since any might be this registry. Digests are in use whatever
     * the host.
     */
    readonly aliases?: readonly string[];
  };
  /**
   * Brakes: a run that would remove more stops and asks. Policies may set lower ones for themselves. Absent: only a run that would empty a
   * repository stops.
   */
  readonly limits?: {
    /**
     * How many tags and manifests a DeleteRequest in mode Execute may remove without an approved plan, if each of its targets has a digest.
     * Default: 0.
     */
    readonly unapprovedDeletes?: number;
    /** Tags and manifests that one run may remove. Absent: any number. */
    readonly maxDeletesPerRun?: number;
    /** Percent of all tags, of all manifests and of all stored data that one run may remove, each by itself. Absent: 100. */
    readonly maxDeletePercent?: number;
  };
  /** For backups and moves: pushes and deletions are refused while pulls go on, until this is taken back. Absent: not read-only. */
  readonly readOnly?: {
    readonly enabled: boolean;
    /** What clients are told. */
    readonly reason?: string;
  };
  /** While true nothing is begun on this registry: no collection, no policy, no request. Default: false. */
  readonly suspend?: boolean;
}

export interface RegistryStatus {
  /** The generation that this status speaks of; -1 before anybody looked. */
  readonly observedGeneration: number;
  /** The value of the annotation coppice.dev/requestedAt that was last heard. */
  readonly lastHandledReconcileAt?: string;
  /** Of the storage that all replicas share. */
  readonly storageId?: string;
  /** Of the storage, when it was last looked at. */
  readonly gate?: {
    readonly epoch: number;
    readonly phase: 'OPEN' | 'MARKING' | 'HOLDING' | 'SWEEPING';
  };
  /** How many replicas there are. */
  readonly replicas?: {
    /** Replicas with a life on the storage that has not left. */
    readonly registered: number;
    /** Those of them that answer as what they should be. */
    readonly coherent: number;
    /** Those that belong to no replica that is known here. */
    readonly unknown: number;
  };
  /** The last collection that ended. */
  readonly lastRun?: {
    /** Of the CollectionRun. */
    readonly name: string;
    /** Succeeded, or the reason why not. */
    readonly result: string;
    /** RFC 3339. */
    readonly completionTime?: string;
    readonly reclaimedBytes: number;
  };
  /** RFC 3339. The newest time of the schedule that was taken up, or passed over. */
  readonly lastScheduleTime?: string;
  /** RFC 3339. When the next collection is due. Absent: there is no schedule, or it is not understood. */
  readonly nextRunTime?: string;
  /**
   * What is so, by type. Ready, and whatever else this kind knows, is always there once it was looked at; Reconciling and Stalled are there only
   * while they are true (kstatus). Absent: nobody has looked at the object yet.
   */
  readonly conditions?: readonly Condition[];
}

export interface RetentionPolicySpec {
  /** A Registry of the same namespace. */
  readonly registryRef: {
    readonly name: string;
  };
  /** Preview only says in status what would be removed; Enforce removes it. Default: Preview. */
  readonly mode?: 'Preview' | 'Enforce';
  /**
   * When the policy is carried out: a cron expression of five fields. Absent: once after each change of the spec, and when the annotation
   * coppice.dev/requestedAt asks for it.
   */
  readonly schedule?: string;
  /** Of schedule: a name of the time zone database such as Europe/Berlin. Absent: UTC. */
  readonly timeZone?: string;
  /** Seconds. A time of the schedule that could not be kept so long is passed over. Absent: it is made up for however late. */
  readonly startingDeadlineSeconds?: number;
  /** Which repositories this is about, by globs over their names: * and ? stand within one segment, ** for any number of segments. */
  readonly repositories: {
    readonly include: readonly string[];
    /** What both lists match is left alone. Absent: nothing. */
    readonly exclude?: readonly string[];
  };
  /** A tag or an untagged manifest that the selector of a rule matches, and that nothing keeps, is removed. Their order means nothing. */
  readonly rules: readonly {
    /** Unique in its policy. Reports and conditions speak of rules by it. */
    readonly name: string;
    /** What the rule speaks of. Exactly one of these. */
    readonly tags: {
      /** Tags that any of these stands for as a whole: * for any characters, ? for any one. */
      readonly glob?: readonly string[];
      /** Tags that this expression in RE2 syntax matches as a whole. */
      readonly regex?: string;
      /**
       * Tags that are semantic versions, with or without a v, in this range as npm writes it. A pre-release only where the range names one of the
       * same version.
       */
      readonly semver?: string;
      /** Manifests that no tag names and nothing refers to. Always true. */
      readonly untagged?: boolean;
    };
    /**
     * What stays of it: whatever any of these keeps. Without any of them nothing does. What they need to know and do not (no push time, no record
     * of pulls) keeps.
     */
    readonly keep: {
      /** The newest so many in each repository. Absent: none for being new. */
      readonly latest?: number;
      /** What latest means by newest: pushed last, or the highest version. Absent: pushed. */
      readonly orderBy?: 'pushed' | 'semver';
      /** What was pushed so short a time ago, in weeks, days, hours, minutes and seconds such as 90d or 1w12h. Absent: none for its age. */
      readonly pushedWithin?: string;
      /** What was pulled so short a time ago, in weeks, days, hours, minutes and seconds such as 30d. Absent: none for being pulled. */
      readonly pulledWithin?: string;
    };
  }[];
  /** Brakes: a run of this policy that would remove more stops and asks. They only tighten those of the Registry. Absent: those of the Registry. */
  readonly limits?: {
    /** Tags and manifests that one run may remove. Absent: as the Registry says. */
    readonly maxDeletesPerRun?: number;
    /** Percent of all tags, of all manifests and of all stored data that one run may remove, each by itself. Absent: as the Registry says. */
    readonly maxDeletePercent?: number;
  };
  /** The digest of a plan that may be carried out although it is over its limits, as the condition Ready names it. Absent or empty: none. */
  readonly approvedPlan?: string;
  /** While true the policy removes nothing; it still keeps. Default: false. */
  readonly suspend?: boolean;
}

export interface RetentionPolicyStatus {
  /** The generation that this status speaks of; -1 before anybody looked. */
  readonly observedGeneration: number;
  /** The value of the annotation coppice.dev/requestedAt that was last heard. */
  readonly lastHandledReconcileAt?: string;
  /** What the policy would have removed when it was last evaluated. */
  readonly lastEvaluation?: {
    /** RFC 3339. */
    readonly time: string;
    /** The generation of the spec that was evaluated. */
    readonly generation: number;
    /** Over what the policy resolves to, before passing protections. */
    readonly planDigest: string;
    /** Which limits the plan is over; absent - none. */
    readonly brake?: string;
    readonly repositories: number;
    readonly tags: number;
    readonly manifests: number;
    /** Bytes that nothing else leads to. */
    readonly uniqueBytes: number;
    /** Entries that are spared for now, being promised, young, protected or referred to. */
    readonly protected: number;
    /** Those with the most to go, the first first. */
    readonly topRepositories: readonly RepositoryCounts[];
  };
  /** Where the whole report is: GET /coppice/v1/runs/{run}/items?of=RetentionPolicy/NAMESPACE/NAME of the admin API. */
  readonly report?: {
    readonly run: string;
    /** How many it lists. */
    readonly items: number;
  };
  /** The run that enforces, while it goes on; written before it is ordered. */
  readonly runRef?: {
    readonly name: string;
  };
  /** Of the last run that enforced. */
  readonly result?: {
    readonly deleted: number;
    readonly spared: number;
    /** RFC 3339. Until when it can be undone. Absent: there is nothing to undo. */
    readonly undoableUntil?: string;
  };
  /** RFC 3339. Absent: never. */
  readonly lastEnforcedTime?: string;
  /** RFC 3339. The newest time of the schedule that was taken up, or passed over. */
  readonly lastScheduleTime?: string;
  /** RFC 3339. When the schedule is due next. Absent: there is none, or it is not understood. */
  readonly nextRunTime?: string;
  /**
   * What is so, by type. Ready, and whatever else this kind knows, is always there once it was looked at; Reconciling and Stalled are there only
   * while they are true (kstatus). Absent: nobody has looked at the object yet.
   */
  readonly conditions?: readonly Condition[];
}

export interface DeleteRequestSpec {
  /** A Registry of the same namespace. Immutable. */
  readonly registryRef: {
    readonly name: string;
  };
  /** What is to be absent. Immutable. */
  readonly targets: readonly {
    /**
     * The name of a repository; alone, also a glob over names, of which all the content goes: * and ? stand within one segment, ** for any number
     * of segments.
     */
    readonly repository: string;
    /** Without a tag: this manifest, with its tags and what only it reaches. With one: the tag goes only while it points here. */
    readonly digest?: string;
    /** Only this tag. */
    readonly tag?: string;
    /** All tags that this stands for as a whole: * for any characters, ? for any one. */
    readonly tagGlob?: string;
  }[];
  /**
   * RFC 3339. Only what was pushed before this is deleted. Immutable, and required unless every target has a digest. Absent: when it was pushed
   * does not matter.
   */
  readonly cutoff?: string;
  /**
   * What becomes of signatures, attestations and other untagged referrers of what is deleted: Delete takes them along, Keep leaves them.
   * Immutable. Default: Delete.
   */
  readonly referrers?: 'Delete' | 'Keep';
  /**
   * Preview makes the plan and ends; Execute carries out the plan that approvedPlan names, or a part of it, and nothing else. Back to Preview
   * cancels before the start, and is ignored after it. Default: Preview.
   */
  readonly mode?: 'Preview' | 'Execute';
  /**
   * The digest of the plan that may be carried out, from status.plan.digest. Absent or empty: none, which is enough for what unapprovedDeletes
   * of the Registry allows.
   */
  readonly approvedPlan?: string;
  /** Seconds from when mode Execute is first taken up; what has not ended by then has failed. Absent: there is no deadline. */
  readonly activeDeadlineSeconds?: number;
  /**
   * Seconds after its end when the request deletes itself. Ignored for objects that Argo CD, Flux or Helm keep, or that come from a file.
   * Absent: never.
   */
  readonly ttlSecondsAfterFinished?: number;
  /** While true nothing of this request is carried out; one that is going on is cancelled, and goes on afterwards. Default: false. */
  readonly suspend?: boolean;
  /** Why, for people and for the audit log. */
  readonly reason?: string;
}

export interface DeleteRequestStatus {
  /** The generation that this status speaks of; -1 before anybody looked. */
  readonly observedGeneration: number;
  /** The value of the annotation coppice.dev/requestedAt that was last heard. */
  readonly lastHandledReconcileAt?: string;
  /** What would go. */
  readonly plan?: {
    /** Over what the spec resolves to, before passing protections. approvedPlan takes it. */
    readonly digest: string;
    /** RFC 3339. */
    readonly computedAt: string;
    /** The run whose items are this plan's whole report. */
    readonly run: string;
    /** What the targets name that would go. */
    readonly entries: number;
    readonly manifests: number;
    readonly tags: number;
    /** Bytes that nothing else leads to. */
    readonly uniqueBytes: number;
    /** Entries that are spared for now, being promised, young, protected or referred to. */
    readonly protected: number;
    /** Whether the plan has more items than are listed here. */
    readonly truncated: boolean;
    /**
     * A ConfigMap of the same namespace with the first thousand items, up to 256 KiB, as lines of JSON. Absent: all items are listed here, or
     * there is no cluster, or it could not be made.
     */
    readonly report?: string;
    /** The first hundred. */
    readonly items: readonly {
      readonly object: string;
      /** planned, or spared. */
      readonly fate: string;
      readonly why: string;
    }[];
  };
  /** What came of it. */
  readonly result?: {
    /** Entries of the plan that were removed. */
    readonly deleted: number;
    /** Entries of the plan that were gone before. */
    readonly alreadyAbsent: number;
    /** Entries of the plan that were touched, protected or tagged anew since. */
    readonly spared: number;
    readonly failed: number;
    /** The first hundred. */
    readonly failures: readonly {
      readonly object: string;
      readonly message: string;
    }[];
    /** RFC 3339. Until when it can be undone. Absent: there is nothing to undo. */
    readonly undoableUntil?: string;
  };
  /** The run that executes; written before it is ordered. */
  readonly runRef?: {
    readonly name: string;
    /** Counts from 1. */
    readonly attempt: number;
  };
  /** RFC 3339. When mode Execute was first taken up. */
  readonly startTime?: string;
  /** RFC 3339. When it ended, well or not. */
  readonly completionTime?: string;
  /**
   * What is so, by type. Ready, and whatever else this kind knows, is always there once it was looked at; Reconciling and Stalled are there only
   * while they are true (kstatus). Absent: nobody has looked at the object yet.
   */
  readonly conditions?: readonly Condition[];
}

/** Immutable. */
export interface CollectionRunSpec {
  /** A Registry of the same namespace. */
  readonly registryRef: {
    readonly name: string;
  };
  /** Preview only says what would be removed; Execute removes it. Default: Preview. */
  readonly mode?: 'Preview' | 'Execute';
  /**
   * What becomes of manifests that nothing refers to and no tag names. Keep, or Delete once they are older than the replicas' minAge. Absent: as
   * spec.collection.untagged of the Registry.
   */
  readonly untagged?: 'Keep' | 'Delete';
  /** In place of the Registry's, for this run alone: how one that its brakes stopped is let through. Absent: those of the Registry. */
  readonly limits?: {
    /** Tags and manifests that the run may remove. Absent: any number. */
    readonly maxDeletesPerRun?: number;
    /** Percent of all tags, of all manifests and of all stored data that the run may remove, each by itself. Absent: 100. */
    readonly maxDeletePercent?: number;
  };
}

export interface CollectionRunStatus {
  /** The generation that this status speaks of; -1 before anybody looked. */
  readonly observedGeneration: number;
  /** The value of the annotation coppice.dev/requestedAt that was last heard. */
  readonly lastHandledReconcileAt?: string;
  /** Why the run was made. */
  readonly trigger?: {
    readonly kind: 'Schedule' | 'Manual';
    /** RFC 3339. The time of the schedule that it stands for. Absent: made by hand. */
    readonly scheduledTime?: string;
  };
  /** The run as the registry knows it; written before it is ordered. */
  readonly runRef?: {
    readonly name: string;
    /** Counts from 1. */
    readonly attempt: number;
  };
  readonly progress?: {
    /** Starting, Marking, Planning, Sweeping, Auditing or Ended. */
    readonly phase: string;
    readonly done: number;
    /** 0 while it is not known. */
    readonly total: number;
    /** Seconds until this phase ends. Absent: cannot be told yet. */
    readonly estimatedSeconds?: number;
  };
  /** The replica that carries out the run. */
  readonly executor?: {
    readonly life?: string;
    readonly instance: string;
  };
  readonly windows?: {
    readonly count: number;
    /** The longest that one held anything, in milliseconds. */
    readonly longestMs: number;
  };
  /** What the storage holds. */
  readonly mark?: {
    readonly manifests: number;
    readonly blobs: number;
    /** How long it took. */
    readonly seconds: number;
  };
  /** What was removed of it. */
  readonly sweep?: {
    /** Found unreachable for the first time; they go when a later run finds the same. */
    readonly suspects: number;
    readonly removed: number;
    readonly spared: number;
    readonly bytes: number;
  };
  /** What a walk through all that is kept found, after the run. */
  readonly audit?: {
    readonly manifests: number;
    /** More than 0 is an alarm. */
    readonly missing: number;
  };
  /**
   * A ConfigMap of the same namespace with the first thousand items of what was to go, up to 256 KiB, as lines of JSON. Absent: there was
   * nothing, or there is no cluster, or it could not be made.
   */
  readonly report?: string;
  /** RFC 3339. */
  readonly startTime?: string;
  /** RFC 3339. When it ended, well or not. */
  readonly completionTime?: string;
  /**
   * What is so, by type. Ready, and whatever else this kind knows, is always there once it was looked at; Reconciling and Stalled are there only
   * while they are true (kstatus). Absent: nobody has looked at the object yet.
   */
  readonly conditions?: readonly Condition[];
}

/** Every kind by its name. */
export interface Kinds {
  /** A registry whose replicas share one storage, how to reach them, and how its storage is kept clean. */
  readonly Registry: { readonly spec: RegistrySpec; readonly status: RegistryStatus };
  /**
   * Which tags and untagged manifests of a registry are kept. Whatever no rule of any policy speaks of is kept, and so is whatever any rule of
   * any policy of that registry keeps. Deleting a policy never deletes content.
   */
  readonly RetentionPolicy: { readonly spec: RetentionPolicySpec; readonly status: RetentionPolicyStatus };
  /**
   * A tombstone, not a command: what it names is to be absent, as it was named when the request was made. Once carried out, it never acts again,
   * whoever creates or restores it; to delete what was pushed again takes a request of another name.
   */
  readonly DeleteRequest: { readonly spec: DeleteRequestSpec; readonly status: DeleteRequestStatus };
  /** One collection and the record of it. Made by the schedule of a Registry, or by hand. */
  readonly CollectionRun: { readonly spec: CollectionRunSpec; readonly status: CollectionRunStatus };
}
