/** Whether references to this host are to this registry. */
export type IsOurs = (host: string) => boolean;

/**
 * `aliases`: the names by which workloads know the registry. Without any nobody has said what its name is, so every host may be it: then a tag is kept that
 * only another registry serves under the same name, rather than one removed that is in use.
 */
export function ownHosts(aliases: readonly string[] = []): IsOurs {
  if (aliases.length === 0) return () => true;
  const ours = new Set(aliases.map(plain));
  return (host) => ours.has(plain(host));
}

/** Host names have no case, and the usual ports need not be written. */
function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/:(443|80)$/, '')
    .replace(/^index\.docker\.io$/, 'docker.io');
}
