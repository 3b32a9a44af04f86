import type { Administration } from '../../registry/admin/administration.ts';
import type { Protect } from '../../core/admin/schema.ts';
import { duration } from '../../registry/config/kinds.ts';
import type { Call, Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { parseObject } from '../operands.ts';
import { outputOption, whereOptions } from '../options.ts';
import { say, sayRows } from '../terminal.ts';
import { count, span } from '../units.ts';
import { administer } from '../where.ts';

export const protections: Command = {
  name: 'protections',
  summary: 'List, set or end what must not go, by source',
  usage: '[list | put SOURCE OBJECT… | forget SOURCE] [OPTION…]',
  about:
    'An OBJECT is REPO:TAG, REPO@DIGEST or a digest, which protects in every repository. `put` replaces what the source said before. ' +
    'While a source is absent or stale, no tag and no manifest is removed; `forget` ends one.',
  options: {
    'max-age': { type: 'string', value: 'TIME', says: 'how long it may be relied on (default: 100 years)' },
    ...whereOptions,
    ...outputOption,
  },
  examples: [
    ['coppice protections', 'every source, and whether it is fresh'],
    ['coppice protections put legal team-a/app:v1 sha256:9f…', 'keep these until they are forgotten'],
    ['coppice protections forget legal', 'end it'],
  ],
  async run(call) {
    const [verb = 'list', ...operands] = call.operands;
    const act = verbs[verb];
    if (act === undefined)
      throw new Failure('usage', `protections takes list, put or forget, not ${JSON.stringify(verb)}`);
    const ready = act(call, operands);
    await administer(call, ready);
    return 'ok';
  },
};

/** Checks what was typed before anything is opened. */
type Verb = (call: Call, operands: readonly string[]) => (administration: Administration) => Promise<void>;

const verbs: Readonly<Record<string, Verb>> = { list, put, forget };

function list(call: Call, operands: readonly string[]): (administration: Administration) => Promise<void> {
  if (operands.length > 0) throw new Failure('usage', 'protections list takes no name');
  return async (administration) => {
    const found = await administration.protections(call.world.signal);
    const rows = found.map(({ source, observedAt, maxAgeMs, unsure, digests, tags }) => [
      source,
      observedAt ?? '-',
      maxAgeMs === undefined ? '-' : span(maxAgeMs),
      String(digests),
      String(tags),
      unsure ?? 'fresh',
    ]);
    sayRows(
      call.world.terminal,
      call.output,
      found,
      ['SOURCE', 'OBSERVED', 'MAX AGE', 'DIGESTS', 'TAGS', 'STATE'],
      rows,
    );
  };
}

const century = 3_155_760_000_000;

function put(call: Call, [source, ...objects]: readonly string[]): (administration: Administration) => Promise<void> {
  const name = sourceOf(source);
  if (objects.length === 0)
    throw new Failure('usage', 'protections put takes what to protect: REPO:TAG, REPO@DIGEST or a digest');
  const protect: Protect = { maxAgeMs: maxAge(call), complete: true, digests: [], tags: [] };
  for (const object of objects) {
    const parsed =
      object.startsWith('sha256:') || object.startsWith('sha512:') ? { digest: object } : parseObject(object);
    if ('digest' in parsed) protect.digests.push(parsed.digest);
    else protect.tags.push(parsed);
  }
  return async (administration) => {
    const set = await administration.protect(name, protect, call.world.signal);
    say(call.world.terminal, `${set.source} protects ${count(set.digests, 'digest')} and ${count(set.tags, 'tag')}`);
  };
}

function forget(call: Call, [source, ...more]: readonly string[]): (administration: Administration) => Promise<void> {
  const name = sourceOf(source);
  if (more.length > 0) throw new Failure('usage', 'protections forget takes one source');
  return async (administration) => {
    await administration.forget(name, call.world.signal);
    say(call.world.terminal, `${name} is forgotten`);
  };
}

function sourceOf(source: string | undefined): string {
  if (source !== undefined && /^[a-z0-9][a-z0-9-]{0,62}$/.test(source)) return source;
  throw new Failure('usage', 'a source is named in lower-case letters, digits and hyphens');
}

function maxAge(call: Call): number {
  const text = call.text('max-age');
  if (text === undefined) return century;
  try {
    return duration.read(text);
  } catch (cause) {
    throw new Failure('usage', `--max-age ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
