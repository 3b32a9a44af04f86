import { RE2JS } from 're2js';
import { Range, type SemVer, parse } from 'semver';

/** What a user's pattern compiles to, or why it does not: the end of a sentence about it. */
export type Pattern =
  { readonly ok: true; readonly matches: (text: string) => boolean } | { readonly ok: false; readonly why: string };

const longestRegex = 1024;
/** Instructions of the compiled expression. RE2 takes time proportional to this for each character: at this size a tag takes two milliseconds at worst. */
const largestProgram = 1000;
const longestRange = 256;

/** RE2 syntax, matched against the whole tag. */
export function compileRegex(text: string): Pattern {
  const compiled = compile(text);
  return compiled.ok ? { ok: true, matches: (tag) => compiled.regex.testExact(tag) } : compiled;
}

/** RE2 syntax, found anywhere in what it is matched against, unless it is anchored. */
export function compileSearch(text: string): Pattern {
  const compiled = compile(text);
  return compiled.ok ? { ok: true, matches: (whole) => compiled.regex.test(whole) } : compiled;
}

function compile(
  text: string,
): { readonly ok: true; readonly regex: RE2JS } | { readonly ok: false; readonly why: string } {
  if (text.length > longestRegex) return { ok: false, why: `has more than ${longestRegex} characters` };
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(text);
  } catch (error) {
    return { ok: false, why: `is not RE2 syntax: ${String(error).replace(/^.*error parsing regexp: /, '')}` };
  }
  if (regex.programSize() > largestProgram) return { ok: false, why: 'compiles to too large a program' };
  return { ok: true, regex };
}

/** A range as npm writes it. Pre-releases satisfy it only where it names one of the same version: `>=2.0.0-0` and not `>=1.0.0` selects 2.0.0-rc.1. */
export function compileRange(text: string): Pattern {
  if (text.trim() === '') return { ok: false, why: 'is empty' };
  if (text.length > longestRange) return { ok: false, why: `has more than ${longestRange} characters` };
  let range: Range;
  try {
    range = new Range(text);
  } catch {
    return { ok: false, why: 'is not a range of semantic versions' };
  }
  return {
    ok: true,
    matches: (tag) => {
      const version = versionOf(tag);
      return version !== undefined && range.test(version);
    },
  };
}

/** The semantic version that a tag is, with or without a leading `v`. `1.2` and `latest` are none. */
export function versionOf(tag: string): SemVer | undefined {
  return parse(tag) ?? undefined;
}

/** What a pattern that was checked where it was read matches; one that was not is a fault of ours. */
export function checked(text: string, pattern: Pattern): (text: string) => boolean {
  if (!pattern.ok) throw new Error(`not checked before it was used: ${JSON.stringify(text)} ${pattern.why}`);
  return pattern.matches;
}
