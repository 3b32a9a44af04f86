declare const repositoryBrand: unique symbol;
declare const tagBrand: unique symbol;

/** A repository's name within a registry, checked against the grammar of distribution-spec ("Pulling manifests"): lower case, `/` between segments. */
export type RepositoryName = string & { readonly [repositoryBrand]: true };

/** A tag, checked against the grammar of distribution-spec ("Pulling manifests"). */
export type Tag = string & { readonly [tagBrand]: true };

const segment = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryGrammar = new RegExp(`^${segment}(?:/${segment})*$`);
/** The specification sets no bound; clients limit host and name together to 255 characters, distribution the name alone. */
const longestRepositoryName = 255;

const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** `undefined` for everything that is not a repository name of at most 255 characters. */
export function parseRepositoryName(text: string): RepositoryName | undefined {
  return text.length <= longestRepositoryName && repositoryGrammar.test(text) ? (text as RepositoryName) : undefined;
}

/** `undefined` for everything that is not a tag; the grammar bounds it to 128 characters. */
export function parseTag(text: string): Tag | undefined {
  return tagGrammar.test(text) ? (text as Tag) : undefined;
}
