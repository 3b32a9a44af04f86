/**
 * Globs over tags and repository names. `?` stands for any one character and `*` for any number of them, none included; neither for the `/` between
 * the segments of a repository's name. `**` is always a whole segment and stands for any number of them, at the end of a glob for one at least:
 * `team-a/**` is what lies in `team-a` and not `team-a` itself, `**` alone is every repository.
 */

// What other globs know and these do not (`[…]`, `{…}`, `!`) is refused: it would match nothing, and an exclusion that matches nothing deletes.
const tagGlob = /^[a-zA-Z0-9_.?*-]{1,128}$/;
const repositoryGlobSegment = /^[a-z0-9_.?*-]+$/;
const longestRepositoryGlob = 255;

export function isTagGlob(text: string): boolean {
  return tagGlob.test(text);
}

export function isRepositoryGlob(text: string): boolean {
  return text.length <= longestRepositoryGlob && text.split('/').every(isRepositoryGlobSegment);
}

function isRepositoryGlobSegment(segment: string): boolean {
  return segment === '**' || (repositoryGlobSegment.test(segment) && !segment.includes('**'));
}

/** Whether the glob stands for the whole tag. */
export function matchesTag(glob: string, tag: string): boolean {
  return matches(glob.split(''), tag.split(''), '*', (item, character) => item === '?' || item === character);
}

/** Whether the glob stands for the whole name. */
export function matchesRepository(glob: string, repository: string): boolean {
  const segments = glob.split('/');
  const atLeastOne = segments.at(-1) === '**' ? ['*'] : [];
  return matches([...segments, ...atLeastOne], repository.split('/'), '**', matchesTag);
}

/** Whether the items of a pattern, of which `any` stands for any number, stand for all of `text`. Takes at most the product of both lengths. */
function matches(
  pattern: readonly string[],
  text: readonly string[],
  any: string,
  standsFor: (item: string, one: string) => boolean,
): boolean {
  // How much of the text, by count, the items so far can stand for: ascending.
  let ends: readonly number[] = [0];
  for (const item of pattern) {
    ends =
      item === any
        ? ends
            .slice(0, 1)
            .flatMap((first) => Array.from({ length: text.length - first + 1 }, (_, more) => first + more))
        : ends.flatMap((end) => {
            const one = text[end];
            return one !== undefined && standsFor(item, one) ? [end + 1] : [];
          });
  }
  return ends.at(-1) === text.length;
}
