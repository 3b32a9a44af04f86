/**
 * The ways in which distribution's images are started, in our words, so that whoever starts them changes nothing else: `config.yml`, `registry serve config.yml`,
 * `registry garbage-collect --dry-run=true config.yml`.
 */
export function respelled(args: readonly string[]): readonly string[] {
  const [first = '', second = ''] = args;
  if (/\.ya?ml$/.test(first)) return ['serve', ...args];
  if (first === 'registry' && (second === 'serve' || second === garbageCollect)) return respelled(args.slice(1));
  return first === garbageCollect ? args.flatMap(flag) : args;
}

const garbageCollect = 'garbage-collect';

/** Go's flags may have their value with them. */
function flag(argument: string): readonly string[] {
  const [, name, value] = /^(-[a-z]|--[a-z-]+)=(true|false)$/.exec(argument) ?? [];
  if (name === undefined) return [argument];
  return value === 'true' ? [name] : [];
}
