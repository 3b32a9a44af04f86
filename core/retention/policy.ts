/** Which tags, or untagged manifests, of a repository a rule speaks about. */
export type TagSelector =
  /** `*`: any characters, `?`: any one; the whole tag, any of the globs. */
  | { readonly by: 'glob'; readonly globs: readonly string[] }
  /** RE2; the whole tag. */
  | { readonly by: 'regex'; readonly regex: string }
  /** Tags that are semantic versions, with or without a leading `v`, and satisfy the range. A pre-release only where the range names one of the same version. */
  | { readonly by: 'semver'; readonly range: string }
  | { readonly by: 'untagged' };

/** What a rule keeps of what it selects: whatever any of these keeps. One that says nothing keeps nothing. */
export interface Keep {
  /** The newest so many, counted in each repository by itself, among what the rule selects there. */
  readonly latest?: number;
  /** What `latest` means by newest. */
  readonly orderBy: 'pushed' | 'semver';
  readonly pushedWithinMs?: number;
  readonly pulledWithinMs?: number;
}

export interface RetentionRule {
  /** Unique in its policy. */
  readonly name: string;
  readonly select: TagSelector;
  readonly keep: Keep;
}

/** Past the edge: its globs, regular expressions and ranges are known to compile. */
export interface RetentionPolicy {
  /** `namespace/name` of the resource. */
  readonly name: string;
  /** Globs: `*` and `?` within one segment of the name, `**` any number of segments. What both lists match is excluded. */
  readonly repositories: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly rules: readonly RetentionRule[];
}
