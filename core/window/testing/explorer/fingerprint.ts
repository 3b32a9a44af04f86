import { TokenLog } from '../../journal.ts';
import { must } from './names.ts';
import type { World } from './world.ts';

/**
 * 96 bits for a state, equal for states that differ only in which of several like processes is which: of all renamings the least counts. A part that
 * is the same object as one seen before is not looked at again, so a state costs little more than what its last step changed. Two different states of
 * a search of ten million would share a fingerprint with a chance of 1 in 10^15.
 */
export interface Fingerprint {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** One way of exchanging like processes. */
interface Renaming {
  readonly replicas: readonly number[];
  readonly executors: readonly number[];
  readonly clients: readonly number[];
  readonly names: ReadonlyMap<string, string>;
}

export class Fingerprints {
  readonly #renamings: readonly Renaming[];
  readonly #known = new WeakMap<object, readonly Fingerprint[]>();

  /** What a spelling holds that reads otherwise under some renaming. */
  readonly #isRenamed: RegExp;

  /** Processes are alike that began alike. */
  constructor(start: World) {
    this.#renamings = renamingsOf(start);
    const names = new Set(this.#renamings.flatMap((renaming) => [...renaming.names.keys()]));
    const areClientsAlike = this.#renamings.some(({ clients }) => clients.some((from, to) => from !== to));
    const written = [...names, ...(areClientsAlike ? ['client:'] : [])];
    this.#isRenamed = written.length > 0 ? new RegExp(written.join('|')) : /(?!)/;
  }

  of(world: World, allowance: readonly number[]): Fingerprint {
    const { storage, replicas, executors, clients, housekeeper, network, now, serial, lies } = world;
    let least: Fingerprint | undefined;
    for (const [at, renaming] of this.#renamings.entries()) {
      const parts = [
        ...Object.values(storage).map((part: object) => this.#part(part, at)),
        ...renaming.replicas.map((index) => this.#part(must(replicas[index]), at)),
        ...renaming.executors.map((index) => this.#part(must(executors[index]), at)),
        ...renaming.clients.map((index) => this.#part(must(clients[index]), at)),
        this.#part(housekeeper, at),
        this.#part(network, at),
      ];
      const whole = combine(parts, [now, serial, lies, ...allowance]);
      if (least === undefined || isLess(whole, least)) least = whole;
    }
    return must(least);
  }

  #part(part: object, at: number): Fingerprint {
    let known = this.#known.get(part);
    if (known === undefined) {
      known = this.#hashes(part);
      this.#known.set(part, known);
    }
    return must(known[at]);
  }

  #hashes(part: object): readonly Fingerprint[] {
    const spelt = spell(part, must(this.#renamings[0]));
    const hash = hashOf(spelt);
    if (!this.#isRenamed.test(spelt)) return this.#renamings.map(() => hash);
    return this.#renamings.map((renaming, at) => (at === 0 ? hash : hashOf(spell(part, renaming))));
  }
}

function isLess(left: Fingerprint, right: Fingerprint): boolean {
  if (left.a !== right.a) return left.a < right.a;
  return left.b === right.b ? left.c < right.c : left.b < right.b;
}

function combine(parts: readonly Fingerprint[], numbers: readonly number[]): Fingerprint {
  let [a, b, c] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];
  for (const part of parts) {
    a = mixed(a ^ part.a, 0x85ebca6b);
    b = mixed(b ^ part.b, 0xcc9e2d51);
    c = mixed(c ^ part.c, 0x1b873593);
  }
  for (const number of numbers) {
    a = mixed(a ^ number, 0x27d4eb2f);
    b = mixed(b ^ number, 0x165667b1);
    c = mixed(c ^ number, 0xd3a2646c);
  }
  return { a: a >>> 0, b: b >>> 0, c: c >>> 0 };
}

function mixed(value: number, factor: number): number {
  const spread = Math.imul(value ^ (value >>> 15), factor);
  return Math.imul(spread ^ (spread >>> 13), 0x9e3779b1) ^ (spread >>> 16);
}

function hashOf(text: string): Fingerprint {
  let [a, b, c] = [0xdeadbeef, 0x41c6ce57, 0x8f14e45f];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    a = Math.imul(a ^ letter, 2_654_435_761);
    b = Math.imul(b ^ letter, 1_597_334_677);
    c = Math.imul(c ^ letter, 2_246_822_519);
    a ^= a >>> 13;
    b ^= b >>> 15;
    c ^= c >>> 11;
  }
  return { a: mixed(a, 0x85ebca6b) >>> 0, b: mixed(b, 0xcc9e2d51) >>> 0, c: mixed(c, 0x1b873593) >>> 0 };
}

/** Names stand alone or as `life/run`; a client is known by its place. Maps and sets have no order. */
function spell(value: unknown, { names, clients }: Renaming): string {
  const renamed = (text: string): string => {
    if (names.size === 0) return text;
    const known = names.get(text);
    if (known !== undefined) return known;
    const slash = text.indexOf('/');
    if (slash < 0) return text;
    const name = text.slice(0, slash);
    return (names.get(name) ?? name) + text.slice(slash);
  };
  const spellAny = (part: unknown): string => {
    if (typeof part === 'string') return `"${renamed(part)}"`;
    if (typeof part !== 'object' || part === null) return String(part);
    if (Array.isArray(part)) return `[${part.map(spellAny).join()}]`;
    if (part instanceof TokenLog) return `[${[...part].join()}]`;
    if (part instanceof Map)
      return `{${[...part]
        .map(([key, each]) => `${spellAny(key)}:${spellAny(each)}`)
        .sort()
        .join()}}`;
    if (part instanceof Set) return `{${[...part].map(spellAny).sort().join()}}`;
    let spelt = '{';
    for (const [key, each] of Object.entries(part)) {
      if (each === undefined) continue;
      const isPlace = key === 'client' && typeof each === 'number';
      spelt += `${key}:${isPlace ? String(clients.indexOf(each)) : spellAny(each)},`;
    }
    return `${spelt}}`;
  };
  return spellAny(value);
}

function renamingsOf({ replicas, executors, clients }: World): readonly Renaming[] {
  const wishes = clients.map((client) => JSON.stringify(client));
  const areAlike = wishes.every((each) => each === wishes[0]);
  const found: Renaming[] = [];
  for (const ofReplicas of permutations(replicas.length))
    for (const ofExecutors of permutations(executors.length))
      for (const ofClients of areAlike ? permutations(clients.length) : [clients.map((_, at) => at)]) {
        const names = new Map<string, string>();
        for (const [to, from] of ofReplicas.entries()) {
          if (to === from) continue;
          const [old, other] = [must(replicas[from]), must(replicas[to])];
          names.set(old.instance, other.instance);
          if (old.life !== undefined && other.life !== undefined) names.set(old.life.life, other.life.life);
        }
        for (const [to, from] of ofExecutors.entries()) if (to !== from) names.set(`executor${from}`, `executor${to}`);
        found.push({ replicas: ofReplicas, executors: ofExecutors, clients: ofClients, names });
      }
  return found;
}

/** The one that changes nothing first. */
function permutations(size: number): readonly (readonly number[])[] {
  if (size === 0) return [[]];
  return permutations(size - 1).flatMap((shorter) =>
    Array.from({ length: size }, (_, at) => shorter.toSpliced(size - 1 - at, 0, size - 1)),
  );
}
