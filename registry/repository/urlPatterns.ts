import { checked, compileSearch } from '../../core/retention/pattern.ts';

/** Lists of RE2 expressions, which are looked for anywhere in a URL. */
export interface UrlPatterns {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

const longestUrl = 2048;

/**
 * Whether a manifest may name a URL, as distribution decides: http or https, without a fragment, matched by one of `allow` where there is any, and by none of
 * `deny`. Throws at an expression that does not compile: whoever read it has asked.
 */
export function urlRule({ allow, deny }: UrlPatterns): (url: string) => boolean {
  const compiled = (text: string): ((url: string) => boolean) => checked(text, compileSearch(text));
  const [allowed, denied] = [allow.map(compiled), deny.map(compiled)];
  return (text) => {
    const url = text.length <= longestUrl && URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol) || text.includes('#')) return false;
    return (
      (allowed.length === 0 || allowed.some((matches) => matches(text))) && !denied.some((matches) => matches(text))
    );
  };
}
