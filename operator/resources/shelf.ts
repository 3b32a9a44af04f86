import { type Change, type Kind, keyOf, keyText, type ObjectKey, type Resource, type ResourceList } from './home.ts';
import { registryKeyOf } from './referring.ts';

/**
 * The objects of one kind, as a list and the watch after it told them. Its owner alone tells it (a reflector); beside, who wrote an object or read it anew
 * may note the newer version. Of what is not on it nothing can be said: it may be new.
 */
export class Shelf<K extends Kind> {
  readonly #objects = new Map<string, Resource<K>>();
  /** By the Registry that they refer to. */
  readonly #byRegistry = new Map<string, Map<string, Resource<K>>>();
  #version = '';

  /** Whether a whole list was put on it; before that it is not to be believed. */
  get isFilled(): boolean {
    return this.#version !== '';
  }

  /** What it tells is what stood at this version, or later. */
  get resourceVersion(): string {
    return this.#version;
  }

  get(key: ObjectKey): Resource<K> | undefined {
    return this.#objects.get(keyText(key));
  }

  all(): readonly Resource<K>[] {
    return [...this.#objects.values()];
  }

  referringTo(registry: ObjectKey): readonly Resource<K>[] {
    return [...(this.#byRegistry.get(keyText(registry))?.values() ?? [])];
  }

  /** A whole list in place of what was there. What was noted since it was made stays. */
  fill({ items, resourceVersion }: ResourceList<K>): void {
    const gone = new Map(this.#objects);
    for (const item of items) {
      gone.delete(keyText(keyOf(item)));
      this.#put(item);
    }
    for (const object of gone.values()) this.#drop(object);
    this.#version = resourceVersion;
  }

  /** A change as the watch told it. An older version than the one that was noted is passed over: the watch comes to that one, too. */
  take(change: Change<K>): void {
    if (change.type === 'DELETED') this.#drop(change.object);
    if (change.type === 'ADDED' || change.type === 'MODIFIED') this.#put(change.object);
    const version = change.type === 'BOOKMARK' ? change.resourceVersion : change.object.metadata.resourceVersion;
    if (compareVersions(version, this.#version) > 0) this.#version = version;
  }

  /** Never brings an object on it, nor one back that is gone: what is not on it may have been deleted already, and no watch would tell so again. */
  note(object: Resource<K>): void {
    const before = this.get(keyOf(object));
    if (before?.metadata.uid === object.metadata.uid) this.#put(object);
  }

  #put(object: Resource<K>): void {
    const text = keyText(keyOf(object));
    const before = this.#objects.get(text);
    if (before !== undefined && isSameObject(before, object) && !isOlder(before, object)) return;
    if (before !== undefined) this.#unindex(before);
    this.#objects.set(text, object);
    const registry = registryKeyOf(object);
    if (registry === undefined) return;
    const referring = this.#byRegistry.get(keyText(registry)) ?? new Map<string, Resource<K>>();
    this.#byRegistry.set(keyText(registry), referring.set(text, object));
  }

  #drop(object: Resource<K>): void {
    const before = this.get(keyOf(object));
    if (before === undefined || !isSameObject(before, object)) return;
    this.#objects.delete(keyText(keyOf(object)));
    this.#unindex(before);
  }

  #unindex(object: Resource<K>): void {
    const registry = registryKeyOf(object);
    if (registry === undefined) return;
    const text = keyText(registry);
    const referring = this.#byRegistry.get(text);
    referring?.delete(keyText(keyOf(object)));
    if (referring?.size === 0) this.#byRegistry.delete(text);
  }
}

export type Shelves = { readonly [K in Kind]: Shelf<K> };

export function emptyShelves(): Shelves {
  return {
    Registry: new Shelf(),
    RetentionPolicy: new Shelf(),
    DeleteRequest: new Shelf(),
    CollectionRun: new Shelf(),
  };
}

function isSameObject({ metadata: left }: Resource<Kind>, { metadata: right }: Resource<Kind>): boolean {
  return left.uid === right.uid;
}

function isOlder({ metadata: left }: Resource<Kind>, { metadata: right }: Resource<Kind>): boolean {
  return compareVersions(left.resourceVersion, right.resourceVersion) < 0;
}

/** Below 0: the first is the older one. Of versions of one kind, which are whole numbers of any length. */
export function compareVersions(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}
