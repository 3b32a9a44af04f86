import type { Digest } from '../oci/digest.ts';
import type { RetentionPolicy, RetentionRule, TagSelector } from '../retention/policy.ts';
import { bounds } from './bounds.ts';
import { type Parsed, parseDocument } from './mistake.ts';
import { objectOf } from './object.ts';
import { flag, listOf, mappingOf, needed, oneOf, optional, textOf, andThen, wholeNumber } from './reading.ts';
import { age, approvedPlan, label, regex, registryRef, repositoryGlob, tagGlob, versionRange } from './scalars.ts';

/** A RetentionPolicy of `coppice.dev/v1alpha1`, read and checked. */
export interface RetentionPolicyResource {
  readonly name: string;
  readonly namespace: string;
  /** The name of a Registry in the same namespace. */
  readonly registry: string;
  readonly mode: 'Preview' | 'Enforce';
  readonly policy: RetentionPolicy;
  /** A cron expression, not yet checked as one. */
  readonly schedule?: string;
  /** A name of the time zone database, not yet checked as one. */
  readonly timeZone?: string;
  /** How long after its time a slot of the schedule may still be taken. */
  readonly startingDeadlineSeconds?: number;
  readonly limits?: RetentionLimits;
  /** The plan that may go over the limits. */
  readonly approvedPlan?: Digest;
  readonly suspend: boolean;
}

/** G8: a run that would remove more stops and asks. */
export interface RetentionLimits {
  readonly maxDeletesPerRun?: number;
  readonly maxDeletePercent?: number;
}

const selectorFields = mappingOf({
  glob: optional(listOf(tagGlob, 1, bounds.globsPerRule)),
  regex: optional(regex),
  semver: optional(versionRange),
  untagged: optional(flag),
});

const selector = andThen(selectorFields, ({ glob, regex, semver, untagged }, at): TagSelector | undefined => {
  const given: TagSelector[] = [
    ...(glob === undefined ? [] : [{ by: 'glob' as const, globs: glob }]),
    ...(regex === undefined ? [] : [{ by: 'regex' as const, regex }]),
    ...(semver === undefined ? [] : [{ by: 'semver' as const, range: semver }]),
    ...(untagged === true ? [{ by: 'untagged' as const }] : []),
  ];
  if (untagged === false) at.within('untagged').tell('must be true or absent, got false');
  const [only] = given;
  if (given.length === 1) return only;
  at.tell(`must have exactly one of glob, regex, semver, untagged: true; has ${given.length}`);
  return undefined;
});

const keep = mappingOf({
  latest: optional(wholeNumber(0, bounds.latest)),
  orderBy: optional(oneOf('pushed', 'semver')),
  pushedWithin: optional(age),
  pulledWithin: optional(age),
});

const ruleFields = mappingOf({ name: needed(label), tags: needed(selector), keep: needed(keep) });

const rule = andThen(ruleFields, ({ name, tags, keep }, at): RetentionRule | undefined => {
  const { latest, orderBy = 'pushed', pushedWithin, pulledWithin } = keep;
  if (tags.by === 'untagged' && orderBy === 'semver') {
    at.within('keep').within('orderBy').tell('must not be semver for untagged manifests: they have no version');
  }
  return {
    name,
    select: tags,
    keep: {
      orderBy,
      ...(latest !== undefined && { latest }),
      ...(pushedWithin !== undefined && { pushedWithinMs: pushedWithin }),
      ...(pulledWithin !== undefined && { pulledWithinMs: pulledWithin }),
    },
  };
});

const rules = andThen(listOf(rule, 1, bounds.rules), (all, at) => {
  const first = new Map<string, number>();
  for (const [index, { name }] of all.entries()) {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else at.within(index).within('name').tell(`is the name of rules[${earlier}] already`);
  }
  return all;
});

const spec = mappingOf({
  registryRef: needed(registryRef),
  mode: optional(oneOf('Preview', 'Enforce')),
  schedule: optional(textOf(1, bounds.scheduleCharacters)),
  timeZone: optional(textOf(1, bounds.timeZoneCharacters)),
  startingDeadlineSeconds: optional(wholeNumber(1, bounds.seconds)),
  repositories: needed(
    mappingOf({
      include: needed(listOf(repositoryGlob, 1, bounds.repositoryGlobs)),
      exclude: optional(listOf(repositoryGlob, 0, bounds.repositoryGlobs)),
    }),
  ),
  rules: needed(rules),
  limits: optional(
    mappingOf({
      maxDeletesPerRun: optional(wholeNumber(0, bounds.deletesPerRun)),
      maxDeletePercent: optional(wholeNumber(0, bounds.percent)),
    }),
  ),
  approvedPlan: optional(approvedPlan),
  suspend: optional(flag),
});

const resource = andThen(objectOf('RetentionPolicy', spec), ({ name, namespace, spec }): RetentionPolicyResource => {
  const { registryRef, mode = 'Preview', repositories, rules, approvedPlan = '', suspend = false, ...rest } = spec;
  const { include, exclude = [] } = repositories;
  return {
    name,
    namespace,
    registry: registryRef.name,
    mode,
    policy: { name: `${namespace}/${name}`, repositories: { include, exclude }, rules },
    suspend,
    ...rest,
    ...(approvedPlan !== '' && { approvedPlan }),
  };
});

/** `document` is what YAML or JSON was decoded to. Its status is not looked at. */
export function parseRetentionPolicy(document: unknown): Parsed<RetentionPolicyResource> {
  return parseDocument(document, resource);
}
