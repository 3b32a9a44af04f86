import type { LifeId, WindowId } from '../../identity.ts';
import { type Counter, counterOf, type Coverage, nothingCovered } from './coverage.ts';
import { flawOf, keptBy, missingOf } from './flaws.ts';
import type { Name } from './names.ts';
import type { Path, Storage } from './records.ts';
import { isStaged } from './refusal.ts';
import { linkPath, referencesOf } from './setting.ts';
import type { Note, Operation, World } from './world.ts';

interface Admitted {
  readonly moment: number;
  readonly now: number;
  readonly life: LifeId | undefined;
  /** Its process's clock had stood still. */
  readonly wasStalled: boolean;
}

type Removed = Extract<Note, { readonly on: 'removed' }>;

/** Hears what every step tells, and compares it with what clients were promised. One judge watches one schedule. */
export class Judge {
  #moment = 0;
  #notes: Note[] = [];
  /** A promise counts from here: whatever it rests on was verified or written since. */
  readonly #admitted = new Map<number, Admitted>();
  readonly #answered = new Map<number, { readonly moment: number; readonly code: number }>();
  readonly #promised = new Map<Name, number>();
  /** By tag: when its last acknowledged push was admitted. */
  readonly #promisedTags = new Map<Path, number>();
  readonly #revisionRemovedAt = new Map<Name, number>();
  readonly #removedFor = new Set<number>();
  readonly #deleted = new Set<Name>();
  readonly #protectedAt = new Map<Name, number>();
  readonly #protectionsReadAt = new Map<WindowId, number>();
  /** What was found in order: as long as it stands, it still is. */
  #lookedAt: Pick<Storage, 'objects' | 'tombstones'> | undefined;
  readonly #covered: Record<Counter, number> = { ...nothingCovered };

  readonly tell = (note: Note): void => {
    this.#notes.push(note);
  };

  get covered(): Coverage {
    return { ...this.#covered };
  }

  /** After each step: what is wrong, if anything is. */
  judge(world: World): string | undefined {
    this.#moment += 1;
    if (this.#notes.length === 0) return undefined;
    const notes = this.#notes;
    this.#notes = [];
    let flaw: string | undefined;
    for (const note of notes) flaw ??= this.#hear(world, note);
    if (flaw !== undefined) return flaw;
    const { objects, tombstones } = world.storage;
    if (objects === this.#lookedAt?.objects && tombstones === this.#lookedAt.tombstones) return undefined;
    this.#lookedAt = { objects, tombstones };
    return flawOf(world.setting, world.now, world.storage);
  }

  #hear(world: World, note: Note): string | undefined {
    this.#count(note);
    switch (note.on) {
      case 'admitted': {
        const replica = world.replicas[note.replica];
        const wasStalled = (replica?.lag ?? 0) > 0;
        const admitted = { moment: this.#moment, now: world.now, life: replica?.life?.life, wasStalled };
        this.#admitted.set(note.operation.id, admitted);
        return undefined;
      }
      case 'landed':
        return this.#landed(note);
      case 'removed':
        return this.#removed(world, note);
      case 'answered':
        return this.#hearAnswer(world, note.operation, note.code);
      case 'protected':
        // A reason to keep what is not all there keeps the rest only as far as a mark can see.
        if (!this.#protectedAt.has(note.digest) && isAllThere(world, note.digest))
          this.#protectedAt.set(note.digest, this.#moment);
        return undefined;
      case 'protectionsRead':
        this.#protectionsReadAt.set(note.window, this.#moment);
        return undefined;
      default:
        return undefined;
    }
  }

  #count(note: Note): void {
    const counter = counterOf(note);
    if (counter !== undefined) this.#covered[counter] += 1;
  }

  #landed({ path, digest, operation, over }: Extract<Note, { readonly on: 'landed' }>): string | undefined {
    const admittedAt = this.#momentOf(operation);
    const answered = this.#answered.get(operation);
    if (path.startsWith('tag:') && over !== undefined && answered !== undefined && isSuccess(answered.code)) {
      const isLater = this.#momentOf(over.writer) > answered.moment && this.#hasSucceeded(over.writer);
      if (isLater) return `G2: ${path} was overwritten by a push that had been answered before it was pushed`;
    }
    if (!path.startsWith('revision:')) return undefined;
    this.#deleted.delete(digest);
    if ((this.#revisionRemovedAt.get(digest) ?? -1) < admittedAt) return undefined;
    return `W1: ${path} came back by a write that was admitted before it was removed`;
  }

  #removed(world: World, note: Removed): string | undefined {
    const { path, stored, request, undoneBy, window } = note;
    if (path.startsWith('revision:')) this.#revisionRemovedAt.set(stored.digest, this.#moment);
    if (undoneBy !== undefined) return this.#undone(note);
    if (request !== undefined) {
      const answered = this.#answered.get(request);
      if (answered !== undefined && answered.code > 0)
        return `D: ${path} was removed for a request that had been answered ${answered.code}`;
      const chosenAt = window === undefined ? 0 : (this.#protectionsReadAt.get(window) ?? 0);
      if (answered !== undefined && answered.moment < chosenAt)
        return `D: ${path} was removed for a request whose life was over when its window was chosen`;
      this.#removedFor.add(request);
    }
    const protector = window === undefined ? undefined : this.#protectorOf(world, note, window);
    if (protector !== undefined) return `G3: ${path} was removed, and ${protector} is protected`;
    return path.startsWith('tag:') ? this.#tagRemoved(world, note) : this.#keptRemoved(world, note);
  }

  #undone({ path, stored, undoneBy }: Removed): string | undefined {
    if (stored.writer === undoneBy) {
      const isLost = this.#promisedTags.has(path);
      return isLost ? `G2: ${path} was acknowledged, and a failed push took it away` : undefined;
    }
    return this.#hasSucceeded(stored.writer) ? `G2: ${path} was undone by another push than its own` : undefined;
  }

  #tagRemoved(world: World, { path, stored, request }: Removed): string | undefined {
    const { writer } = stored;
    const life = this.#admitted.get(writer)?.life;
    // What a fenced life has in flight, the storage refuses.
    const isInFlight = !this.#answered.has(writer) && life !== undefined && isStaged(world, life);
    if (isInFlight && world.setting.storage === 'filesystem')
      return `W1: ${path} was removed under the push that wrote it`;
    if (request !== undefined) {
      this.#promisedTags.delete(path);
      return undefined;
    }
    if (!world.setting.policy.includes(path.slice('tag:'.length)))
      return `G2: ${path} was removed, and nobody asked for it`;
    const promisedAt = this.#promisedTags.get(path);
    const isYoung = promisedAt !== undefined && promisedAt > world.now - world.setting.durations.promiseTTLMs;
    return isYoung ? `G3: a policy removed ${path}, just promised` : undefined;
  }

  #keptRemoved(world: World, { path, stored, request }: Removed): string | undefined {
    const { setting, now } = world;
    if (request !== undefined) this.#promised.delete(stored.digest);
    for (const [promised, at] of this.#promised) {
      if (at <= now - setting.durations.promiseTTLMs || !keptBy(setting, promised).has(path)) continue;
      return `G3: ${path} was removed, and ${promised} was promised at ${at} (now ${now})`;
    }
    return undefined;
  }

  #protectorOf({ setting }: World, { path, stored }: Removed, window: WindowId): Name | undefined {
    const readAt = this.#protectionsReadAt.get(window) ?? -1;
    for (const [name, at] of this.#protectedAt) {
      const isKept = path.startsWith('tag:') ? stored.digest === name : keptBy(setting, name).has(path);
      if (at < readAt && isKept) return name;
    }
    return undefined;
  }

  #hearAnswer(world: World, operation: Operation, code: number): string | undefined {
    const { call, id } = operation;
    this.#answered.set(id, { moment: this.#moment, code });
    if (!isSuccess(code)) return this.#hearRefusal(world, operation, code);
    switch (call.call) {
      case 'delete':
        return this.#hearDeleted(world, id, call.digest);
      case 'protect':
        return undefined;
      case 'get': {
        const isDeleted = this.#deleted.has(call.digest) && !world.storage.objects.has(`revision:${call.digest}`);
        const isGone = isDeleted && operation.since === world.now; // or its clock stood still
        return isGone ? `D: ${call.digest} was served after its DELETE was answered 202` : undefined;
      }
      default:
        return this.#hearPromise(world, operation, code);
    }
  }

  #hearRefusal({ setting, storage }: World, { call, id }: Operation, code: number): string | undefined {
    if (code !== 404) return undefined;
    if (call.call === 'delete')
      return this.#removedFor.has(id) ? `D: DELETE of ${call.digest} removed it, and was answered 404` : undefined;
    if (call.call !== 'put') return undefined;
    const isWhole = referencesOf(setting, call.digest).every((reference) => {
      const isLinked = storage.objects.has(linkPath(setting, call.digest, reference));
      return isLinked && missingOf(setting, storage, reference) === undefined;
    });
    return isWhole ? `W7: a good push of ${call.digest} was refused as if something were missing` : undefined;
  }

  #hearDeleted({ storage }: World, id: number, digest: Name): string | undefined {
    this.#deleted.add(digest);
    const wasNotRemoved = (this.#revisionRemovedAt.get(digest) ?? -1) < this.#momentOf(id);
    const isThere = storage.objects.has(`revision:${digest}`);
    return isThere && wasNotRemoved ? `D: DELETE of ${digest} was answered 202, and it was never removed` : undefined;
  }

  #hearPromise(world: World, { call, id, kind }: Operation, code: number): string | undefined {
    const admitted = this.#admitted.get(id);
    // A process whose clock stood still cannot be kept from answering; what it wrote, the storage judged.
    if (kind === 'promise' && admitted?.wasStalled === true) return undefined;
    const at = admitted?.now ?? world.now;
    const promised = call.call === 'mount' ? `layer:${call.digest}` : call.digest;
    this.#promised.set(promised, Math.max(at, this.#promised.get(promised) ?? at));
    if (!isAllThere(world, promised))
      return `W7: ${call.call} of ${call.digest} was answered ${code}, and it is not all there`;
    if (call.call !== 'put' || call.tag === undefined) return undefined;
    const path = `tag:${call.tag}`;
    this.#promisedTags.set(path, Math.max(at, this.#promisedTags.get(path) ?? at));
    return world.storage.objects.has(path) ? undefined : `W7: ${call.tag} was answered 201, and is not there`;
  }

  #momentOf(operation: number): number {
    return this.#admitted.get(operation)?.moment ?? 0;
  }

  #hasSucceeded(operation: number): boolean {
    return isSuccess(this.#answered.get(operation)?.code ?? 0);
  }
}

function isAllThere({ setting, storage }: World, promised: Name): boolean {
  return keptBy(setting, promised)
    .values()
    .every((path) => storage.objects.has(path));
}

function isSuccess(code: number): boolean {
  return code > 0 && code < 300;
}
