import type { Evidence, RepositoryContents } from './contents.ts';
import { matchesRepository, matchesTag } from './glob.ts';
import { type Item, keptBy } from './keeping.ts';
import { inOrder } from './order.ts';
import { checked, compileRange, compileRegex } from './pattern.ts';
import type { Keep, RetentionPolicy, RetentionRule, TagSelector } from './policy.ts';
import { pushTimesAreReset } from './pushTimes.ts';
import type { Judged, KeepReason, RuleName, Verdict } from './verdict.ts';

/** One verdict on each tag, by name, then on each untagged manifest, by digest. `now`: ms on the storage's clock. */
export type RetentionEvaluator = (contents: RepositoryContents, now: number) => readonly Verdict[];

/** What `policies` together say of one repository. Policies that do not speak of it have no say. */
export function evaluateRetention(
  policies: readonly RetentionPolicy[],
  contents: RepositoryContents,
  now: number,
): readonly Verdict[] {
  return prepareRetention(policies)(contents, now);
}

/**
 * The same, with everything compiled once for the many repositories of a run. Throws for a pattern that does not compile: none comes past the edge.
 * Without verdicts on a repository of which no policy speaks that `acts`: nothing can go there, and many policies may only keep.
 */
export function prepareRetention(
  policies: readonly RetentionPolicy[],
  acts: (policy: string) => boolean = () => true,
): RetentionEvaluator {
  const prepared = policies.map(prepare);
  const acting = prepared.filter(({ name }) => acts(name));
  return (contents, now) => {
    const isSpokenOf = ({ speaksOf }: PreparedPolicy): boolean => speaksOf(contents.repository);
    if (acting.length < prepared.length && !acting.some(isSpokenOf)) return [];
    const rules = prepared.filter(isSpokenOf).flatMap((policy) => policy.rules);
    const findings = findingsOn(contents);
    for (const rule of rules) judge(rule, findings, now);
    return findings.map(verdictOf);
  };
}

/** Whether any rule of these policies asks when something in a repository was pulled. */
export function asksForPulls(policies: readonly RetentionPolicy[]): (repository: string) => boolean {
  const asking = policies
    .filter(({ rules }) => rules.some(({ keep }) => keep.pulledWithinMs !== undefined))
    .map(prepare);
  return (repository) => asking.some(({ speaksOf }) => speaksOf(repository));
}

interface PreparedPolicy {
  readonly name: string;
  readonly speaksOf: (repository: string) => boolean;
  readonly rules: readonly PreparedRule[];
}

interface PreparedRule {
  readonly called: RuleName;
  readonly selects: (what: Judged) => boolean;
  readonly keep: Keep;
}

function prepare({ name, repositories: { include, exclude }, rules }: RetentionPolicy): PreparedPolicy {
  return {
    name,
    speaksOf: (repository) => {
      const isMeant = (glob: string): boolean => matchesRepository(glob, repository);
      return include.some(isMeant) && !exclude.some(isMeant);
    },
    rules: rules.map((rule) => ({
      called: { policy: name, rule: rule.name },
      selects: selectorOf(rule),
      keep: rule.keep,
    })),
  };
}

function selectorOf({ select }: RetentionRule): PreparedRule['selects'] {
  if (select.by === 'untagged') return ({ kind }) => kind === 'manifest';
  const matches = matcherOf(select);
  return (what) => what.kind === 'tag' && matches(what.tag);
}

function matcherOf(select: Exclude<TagSelector, { by: 'untagged' }>): (tag: string) => boolean {
  switch (select.by) {
    case 'glob':
      return (tag) => select.globs.some((glob) => matchesTag(glob, tag));
    case 'regex':
      return checked(select.regex, compileRegex(select.regex));
    case 'semver':
      return checked(select.range, compileRange(select.range));
  }
}

/** What the rules looked at so far say of an item. */
interface Finding extends Item {
  readonly selectedBy: RuleName[];
  readonly keptBy: KeepReason[];
}

/** Times of tags and of untagged manifests are judged apart: pulls renew the latter, all of one scan at once. */
function findingsOn({ tags, untagged }: RepositoryContents): readonly Finding[] {
  const named = inOrder(tags, ({ tag }) => [tag]);
  const unnamed = inOrder(untagged, ({ digest }) => [digest]);
  const areReset = (all: readonly Evidence[]): boolean => pushTimesAreReset(all.map(({ pushedAt }) => pushedAt));
  const [tagsReset, untaggedReset] = [areReset(tags), areReset(untagged)];
  return [
    ...named.map(({ tag, digest, ...evidence }) => finding({ kind: 'tag', tag, digest }, evidence, tagsReset)),
    ...unnamed.map(({ digest, ...evidence }) => finding({ kind: 'manifest', digest }, evidence, untaggedReset)),
  ];
}

function finding(what: Judged, { pushedAt, pulledAt, pullsSince }: Evidence, isPushReset: boolean): Finding {
  return { what, pushedAt, pulledAt, pullsSince, isPushReset, selectedBy: [], keptBy: [] };
}

function judge({ called, selects, keep }: PreparedRule, findings: readonly Finding[], now: number): void {
  const selected = findings.filter(({ what }) => selects(what));
  for (const { selectedBy } of selected) selectedBy.push(called);
  for (const [item, because] of keptBy(keep, selected, now)) item.keptBy.push({ ...called, ...because });
}

/** R2: in an order that owes nothing to the order of policies and rules. */
function verdictOf(found: Finding): Verdict {
  return {
    what: found.what,
    selectedBy: inOrder(found.selectedBy, ({ policy, rule }) => [policy, rule]),
    keptBy: inOrder(found.keptBy, (reason) => [
      reason.policy,
      reason.rule,
      reason.because,
      reason.because === 'noEvidence' ? reason.of : '',
    ]),
  };
}
