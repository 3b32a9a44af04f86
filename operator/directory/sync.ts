import { type AdmittedObject, admit } from '../api/admission.ts';
import { pathText } from '../api/path.ts';
import { type AnyResource, type Draft, type Kind, keyOf } from '../resources/home.ts';
import { sourceAnnotation } from '../resources/tracking.ts';
import { type Declaration, type Declared, placeText, type Unclear } from './declarations.ts';
import type { ObjectStore, Wish } from './objectStore.ts';
import type { Log } from './ports.ts';
import type { Refusals, Refused } from './refusals.ts';
import type { Scan } from './scan.ts';
import { place, resourceText } from './transitions.ts';
import type { Unreadable } from './walk.ts';

/** What came of a declaration. As long as neither it nor its object changed, it is not gone through again. */
interface Taken {
  readonly content: string;
  readonly source: string;
  readonly uid: string | undefined;
  readonly refused: Refused | undefined;
}

/**
 * Applies what users declare: makes, changes and deletes the objects that came from files, and no others. What cannot be read, or is refused, leaves
 * its objects as they are.
 */
export class Sync {
  readonly #store: ObjectStore;
  readonly #refusals: Refusals;
  readonly #log: Log;
  #taken: ReadonlyMap<string, Taken> = new Map();

  constructor(ports: { readonly store: ObjectStore; readonly refusals: Refusals; readonly log: Log }) {
    this.#store = ports.store;
    this.#refusals = ports.refusals;
    this.#log = ports.log;
  }

  /** To be called again with the same scan: an object that was on its way out is made anew once it is gone, and a write that failed is tried again. */
  async apply(scan: Scan, signal: AbortSignal): Promise<void> {
    const objects = new Map(this.#store.all().map((object) => [place(object.kind, object.metadata), object]));
    const { chosen, others } = choose(scan.declared, objects);
    const taken = new Map<string, Taken>();
    const wishes: Wish[] = [];
    for (const [name, declaration] of chosen) {
      const before = this.#taken.get(name);
      if (before !== undefined && isTaken(before, declaration, objects.get(name))) taken.set(name, before);
      else wishes.push(this.#wishFor(name, declaration, taken));
    }
    const isHeld = holding(scan);
    for (const [name, object] of objects) {
      const source = sourceOf(object);
      if (source === undefined || chosen.has(name) || isHeld(source) || isLeaving(object)) continue;
      wishes.push({ kind: object.kind, key: keyOf(object), wanted: () => 'absent' });
    }
    for (const [at, { object, error }] of (await this.#store.grant(wishes, signal)).entries()) {
      const wish = wishes[at];
      if (wish === undefined) continue;
      const name = place(wish.kind, wish.key);
      const one = taken.get(name);
      if (error !== undefined) {
        taken.delete(name);
        this.#log.error({ err: error, kind: wish.kind, ...wish.key }, 'what was declared could not be kept');
      } else if (one !== undefined) taken.set(name, { ...one, uid: object?.metadata.uid });
    }
    this.#taken = taken;
    const refused = [...taken.values()].flatMap((one) => one.refused ?? []);
    const unreadable = scan.unreadable.filter((one) => isConcern(one, objects.values())).map(ofUnreadable);
    const unclear = scan.declared.filter((one) => one.is === 'unclear').map(ofUnclear);
    await this.#refusals.replace([...unreadable, ...unclear, ...others, ...refused], ({ subject }) =>
      subject === undefined ? undefined : objects.get(`${subject.kind}/${subject.namespace}/${subject.name}`),
    );
  }

  #wishFor(name: string, declaration: Declaration, taken: Map<string, Taken>): Wish {
    const { kind, key, content, document } = declaration;
    const source = sourceText(declaration);
    const wanted = (old: AnyResource | undefined): Draft<Kind> | 'asItIs' => {
      if (old !== undefined && isLeaving(old)) return 'asItIs'; // it is made anew after it is gone
      const admitted = admit<Kind>(kind, document, old);
      const paths = admitted.ok ? [] : admitted.refusals.map(({ path }) => pathText(path));
      const refused = admitted.ok ? undefined : ofDeclaration(declaration, paths, oneLine(admitted.message));
      taken.set(name, { content, source, refused, uid: old?.metadata.uid });
      return admitted.ok ? fromSource(admitted.object, source) : 'asItIs';
    };
    return { kind, key, wanted };
  }
}

/** Of several declarations of one name the one that the object came from, else the first; the others are refused. */
function choose(
  declared: readonly Declared[],
  objects: ReadonlyMap<string, AnyResource>,
): { readonly chosen: ReadonlyMap<string, Declaration>; readonly others: readonly Refused[] } {
  const byName = new Map<string, Declaration[]>();
  for (const one of declared) {
    if (one.is !== 'object') continue;
    const name = place(one.kind, one.key);
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  const chosen = new Map<string, Declaration>();
  const others: Refused[] = [];
  for (const [name, all] of byName) {
    const source = objects.get(name)?.metadata.annotations?.[sourceAnnotation];
    const first =
      all.find((one) => sourceText(one) === source) ?? all.find(({ file }) => file === fileOf(source)) ?? all[0];
    if (first === undefined) continue;
    chosen.set(name, first);
    for (const other of all.filter((one) => one !== first)) {
      const says = `${resourceText(other.kind, other.key)} already exists: ${placeText(first, [first.lineOf('metadata.name')])} declares it`;
      others.push(ofDeclaration(other, ['metadata.name'], says));
    }
  }
  return { chosen, others };
}

function isTaken(before: Taken, declaration: Declaration, object: AnyResource | undefined): boolean {
  const { content, source, uid } = before;
  return content === declaration.content && source === sourceText(declaration) && uid === object?.metadata.uid;
}

/** Whether what came from this file may be declared still, although nobody could read it there. */
function holding({ declared, read, unreadable }: Scan): (file: string) => boolean {
  const unclear = new Set(declared.filter((one) => one.is === 'unclear').map(({ file }) => file));
  return (file) => unclear.has(file) || (!read.has(file) && unreadable.some((one) => isBelow(file, one)));
}

function isBelow(file: string, { path }: Unreadable): boolean {
  return path === '' || file === path || file.startsWith(`${path}/`);
}

function isConcern(one: Unreadable, objects: Iterable<AnyResource>): boolean {
  if (!one.isLink) return true;
  return [...objects].some((object) => isBelow(sourceOf(object) ?? '', one));
}

function isLeaving({ metadata }: AnyResource): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The file that an object came from; `undefined`: it came from none. */
function sourceOf({ metadata }: AnyResource): string | undefined {
  return fileOf(metadata.annotations?.[sourceAnnotation]);
}

function fileOf(source: string | undefined): string | undefined {
  return source?.slice(0, source.lastIndexOf('#'));
}

function sourceText({ file, number }: Declaration): string {
  return `${file}#${number}`;
}

/** What a server keeps of a user's metadata. Finalizers are not taken: nobody would ever lift them. */
function fromSource({ kind, metadata, spec }: AdmittedObject<Kind>, source: string): Draft<Kind> {
  const { finalizers: _finalizers, annotations, ...rest } = metadata;
  return { kind, metadata: { ...rest, annotations: { ...annotations, [sourceAnnotation]: source } }, spec };
}

/** `paths`: of what is wrong; the document as a whole is told only where nothing else is. */
function ofDeclaration(declaration: Declaration, paths: readonly string[], says: string): Refused {
  const { file, number: document, content, kind, key, lineOf } = declaration;
  const within = paths.filter((path) => path !== '').map(lineOf);
  const lines = within.length === 0 ? [lineOf('')] : within;
  const message = `${placeText(declaration, lines)}: ${says}`;
  return { file, document, line: lines[0] ?? 1, subject: { kind, ...key }, message, content };
}

/** kubectl lists several reasons below each other; in events and logs they stand in one line. */
function oneLine(message: string): string {
  return message.replace(/:\n\* /, ': ').replaceAll('\n* ', '; ');
}

function ofUnclear({ file, number: document, line, message, content }: Unclear): Refused {
  return { file, document, line, message, content };
}

function ofUnreadable({ path: file, message }: Unreadable): Refused {
  return { file, message, content: '' };
}
