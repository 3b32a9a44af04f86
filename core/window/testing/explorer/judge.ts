import type { LifeId } from '../../identity.ts';
import { isManifest, reachedFrom, referencesOf, type Setting } from './setting.ts';
import type { Name } from './names.ts';
import type { Note, Operation, Path, Stored, Storage, World } from './world.ts';

/** What must hold of every storage at every moment, whoever wrote what: `undefined`, or what is wrong. */
export function flawOf(setting: Setting, now: number, storage: Storage): string | undefined {
  for (const [path, { digest }] of storage.objects) {
    if (!path.startsWith('tag:')) continue;
    const missing = missingOf(setting, storage, digest);
    if (missing !== undefined) return `G2: ${path} refers to ${digest}, and ${missing} is missing`;
  }
  for (const { digest, until } of storage.tombstones.values()) {
    if (until < now) continue;
    const missing = missingOf(setting, storage, digest, true);
    if (missing !== undefined) return `D4: ${digest} can be undone until ${until}, and ${missing} is missing`;
  }
  return undefined;
}

/** The first link or bytes that are not there. Of what is buried, the revision is not looked for, nor of a child that was itself deleted since. */
function missingOf(setting: Setting, storage: Storage, digest: Name, isBuried = false): Path | undefined {
  const isWhole = isManifest(setting, digest) && setting.frame === 'whole';
  const own = isManifest(setting, digest) && !isWhole ? [] : [`data:${digest}`];
  const links = isWhole && !isBuried ? [...own, `revision:${digest}`] : own;
  const missing = links.find((path) => !storage.objects.has(path));
  if (missing !== undefined) return missing;
  for (const reference of referencesOf(setting, digest)) {
    const below = missingOf(setting, storage, reference, isBuried && isBuriedItself(storage, reference));
    if (below !== undefined) return below;
  }
  return undefined;
}

function isBuriedItself({ tombstones }: Storage, digest: Name): boolean {
  return tombstones.values().some((tombstone) => tombstone.of === 'manifest' && tombstone.digest === digest);
}

export interface Coverage {
  readonly pushes: number;
  readonly deletes: number;
  readonly undeletes: number;
  readonly sweeps: number;
  readonly removals: number;
  readonly removalsRefused: number;
  readonly writesRefused: number;
  readonly fenced: number;
  readonly lapsed: number;
  readonly livesEnded: number;
  readonly left: number;
  readonly spared: number;
  readonly runsCompleted: number;
  readonly held: number;
}

export type Counter = keyof Coverage;

export const nothingCovered: Coverage = {
  pushes: 0,
  deletes: 0,
  undeletes: 0,
  sweeps: 0,
  removals: 0,
  removalsRefused: 0,
  writesRefused: 0,
  fenced: 0,
  lapsed: 0,
  livesEnded: 0,
  left: 0,
  spared: 0,
  runsCompleted: 0,
  held: 0,
};

function counterOf(note: Note): Counter | undefined {
  switch (note.on) {
    case 'removed':
      return 'removals';
    case 'refused':
      return 'writesRefused';
    case 'removalRefused':
      return 'removalsRefused';
    case 'lapsedWindowEnded':
      return 'lapsed';
    case 'lifeEnded':
      return 'livesEnded';
    case 'fenced':
    case 'left':
    case 'spared':
      return note.on;
    case 'gate':
      return note.gate.phase === 'SWEEPING' ? 'sweeps' : undefined;
    case 'runEnded':
      return note.result === 'completed' ? 'runsCompleted' : undefined;
    case 'answered':
      return answerCounter(note.operation.call.call, note.code);
    default:
      return undefined;
  }
}

const successes: Partial<Record<Operation['call']['call'], Counter>> = {
  put: 'pushes',
  delete: 'deletes',
  undelete: 'undeletes',
};

function answerCounter(call: Operation['call']['call'], code: number): Counter | undefined {
  if (code === 429) return 'held';
  if (code === 0 || code >= 300) return undefined;
  return successes[call];
}

/** Hears what every step tells, and compares it with what clients were promised. One judge watches one schedule. */
export class Judge {
  #moment = 0;
  #notes: Note[] = [];
  /** A promise counts from here: whatever it rests on was verified or written since. */
  readonly #admittedAt = new Map<
    number,
    { readonly moment: number; readonly now: number; readonly life: LifeId | undefined }
  >();
  readonly #answered = new Map<number, { readonly moment: number; readonly code: number }>();
  readonly #landedAt = new Map<Path, number>();
  readonly #promised = new Map<Name, number>();
  readonly #revisionRemovedAt = new Map<Name, number>();
  readonly #deleted = new Set<Name>();
  readonly #stalled = new Set<number>();
  #covered = nothingCovered;

  readonly tell = (note: Note): void => {
    this.#notes.push(note);
  };

  get covered(): Coverage {
    return this.#covered;
  }

  /** After each step: what is wrong, if anything is. */
  judge(world: World): string | undefined {
    this.#moment += 1;
    if (this.#notes.length === 0) return undefined;
    const notes = this.#notes;
    this.#notes = [];
    let flaw: string | undefined;
    for (const note of notes) flaw ??= this.#hear(world, note);
    return flaw ?? flawOf(world.setting, world.now, world.storage);
  }

  #hear(world: World, note: Note): string | undefined {
    this.#count(note);
    switch (note.on) {
      case 'admitted':
        this.#admittedAt.set(note.operation.id, {
          moment: this.#moment,
          now: world.now,
          life: world.replicas[note.replica]?.life?.life,
        });
        if ((world.replicas[note.replica]?.lag ?? 0) > 0) this.#stalled.add(note.operation.id);
        return undefined;
      case 'landed':
        return this.#landed(note.path, note.digest, note.operation);
      case 'removed':
        return this.#removed(world, note.path, note.stored, note.request);
      case 'answered':
        return this.#hearAnswer(world, note.operation, note.code);
      default:
        return undefined;
    }
  }

  #count(note: Note): void {
    const counter = counterOf(note);
    if (counter !== undefined) this.#covered = { ...this.#covered, [counter]: this.#covered[counter] + 1 };
  }

  #landed(path: Path, digest: Name, operation: number): string | undefined {
    this.#landedAt.set(path, this.#moment);
    if (!path.startsWith('revision:')) return undefined;
    this.#deleted.delete(digest);
    const removedAt = this.#revisionRemovedAt.get(digest) ?? -1;
    if (removedAt < (this.#admittedAt.get(operation)?.moment ?? 0)) return undefined;
    return `W1: ${path} came back by a write that was admitted before it was removed`;
  }

  #removed(world: World, path: Path, stored: Stored, request: number | undefined): string | undefined {
    const { digest, writer } = stored;
    const { promiseTTLMs } = world.setting.durations;
    if (path.startsWith('tag:')) {
      const answered = this.#answered.get(writer);
      const life = this.#admittedAt.get(writer)?.life;
      // What a fenced life has in flight, the storage refuses.
      const isInFlight = answered === undefined && life !== undefined && world.storage.stages.has(life);
      if (isInFlight) return `W1: ${path} was removed under the push that wrote it`;
      if (request === undefined) {
        const isPromised = answered !== undefined && answered.code < 300 && answered.code > 0;
        const isYoung = isPromised && (this.#admittedAt.get(writer)?.now ?? 0) > world.now - promiseTTLMs;
        return isYoung ? `G3: a policy removed ${path}, just promised` : undefined;
      }
      const requestAnswered = this.#answered.get(request);
      const isLater =
        requestAnswered !== undefined && (this.#admittedAt.get(writer)?.moment ?? 0) > requestAnswered.moment;
      return isLater && requestAnswered.code > 0
        ? `G2: ${path} was removed by a request answered before it was pushed`
        : undefined;
    }
    if (path.startsWith('revision:')) this.#revisionRemovedAt.set(digest, this.#moment);
    if (request !== undefined) this.#promised.delete(digest);
    for (const [promised, at] of this.#promised) {
      if (at <= world.now - promiseTTLMs || !reachedFrom(world.setting, promised).has(digest)) continue;
      return `G3: ${path} was removed, and ${promised} was promised at ${at} (now ${world.now})`;
    }
    return undefined;
  }

  #hearAnswer(world: World, operation: Operation, code: number): string | undefined {
    const { call, id } = operation;
    this.#answered.set(id, { moment: this.#moment, code });
    if (code === 0 || code >= 300) return undefined;
    if (call.call === 'delete') {
      this.#deleted.add(call.digest);
      const isStillThere = (this.#revisionRemovedAt.get(call.digest) ?? -1) < (this.#admittedAt.get(id)?.moment ?? 0);
      const isBack = world.storage.objects.has(`revision:${call.digest}`);
      return isBack && isStillThere
        ? `D: DELETE of ${call.digest} was answered 202, and it was never removed`
        : undefined;
    }
    const isThere = flawBelow(world, call.digest) === undefined;
    if (call.call === 'get') {
      const isDeleted = this.#deleted.has(call.digest) && !world.storage.objects.has(`revision:${call.digest}`);
      const isGone = isDeleted && operation.since === world.now; // or its clock stood still
      return isGone ? `D: ${call.digest} was served after its DELETE was answered 202` : undefined;
    }
    // A process whose clock stood still cannot be kept from answering; what it wrote, the storage judged.
    if (operation.kind === 'promise' && this.#stalled.has(id)) return undefined;
    const promisedAt = this.#admittedAt.get(id)?.now ?? world.now;
    this.#promised.set(call.digest, Math.max(promisedAt, this.#promised.get(call.digest) ?? promisedAt));
    if (!isThere) return `W7: ${call.call} of ${call.digest} was answered ${code}, and it is not all there`;
    if (call.call !== 'put' || call.tag === undefined) return undefined;
    const stored = world.storage.objects.get(`tag:${call.tag}`);
    return stored === undefined ? `W7: ${call.tag} was answered 201, and is not there` : undefined;
  }
}

function flawBelow({ setting, storage }: World, digest: Name): Path | undefined {
  return missingOf(setting, storage, digest);
}
