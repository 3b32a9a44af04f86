import { createHash } from 'node:crypto';
import { apiVersion, type Kind, kinds, type ObjectKey } from '../resources/home.ts';
import { fieldIn } from '../api/document.ts';
import { documentsOf } from './documents.ts';
import { nameFaults, namespaceFaults } from '../api/names.ts';

interface Place {
  /** From the resources directory on. */
  readonly file: string;
  /** Of the document in the file, from 1 on. */
  readonly number: number;
  /** A hash of what was written, so that the same is told once. */
  readonly content: string;
}

/** A document that declares an object, whether it is admitted or not. */
export interface Declaration extends Place {
  readonly is: 'object';
  readonly kind: Kind;
  readonly key: ObjectKey;
  readonly document: unknown;
  readonly lineOf: (path: string) => number;
}

/** A document, or a file, that does not say which object it is about: every object that came from its file may be meant. */
export interface Unclear extends Place {
  readonly is: 'unclear';
  readonly line: number;
  /** With its place. */
  readonly message: string;
}

export type Declared = Declaration | Unclear;

const group = 'coppice.dev';

/** What a file declares of our kinds; what it holds for others is passed over. */
export function declaredIn(file: string, text: string): readonly Declared[] {
  return documentsOf(file, text).flatMap((found): readonly Declared[] => {
    if ('mistake' in found) {
      const { mistake: message, number, line, isOurs } = found;
      return isOurs ? [{ is: 'unclear', file, number, line, message, content: hash(text) }] : [];
    }
    const { number, lineOf } = found;
    return itemsOf(found.document).flatMap(({ item, path }) =>
      declared(item, { file, number, content: hash(JSON.stringify(item)) }, (within) =>
        lineOf(within === '' ? path : `${path}${path === '' ? '' : '.'}${within}`),
      ),
    );
  });
}

/** `kubectl get -o yaml` writes several objects as one list. */
function itemsOf(document: unknown): readonly { readonly item: unknown; readonly path: string }[] {
  const items = fieldIn(document, 'items');
  if (fieldIn(document, 'apiVersion') !== 'v1' || fieldIn(document, 'kind') !== 'List' || !Array.isArray(items)) {
    return [{ item: document, path: '' }];
  }
  return items.map((item: unknown, at) => ({ item, path: `items[${at}]` }));
}

function declared(document: unknown, place: Place, lineOf: (path: string) => number): readonly Declared[] {
  const [version, named] = [fieldIn(document, 'apiVersion'), fieldIn(document, 'kind')];
  const kind = kinds.find((one) => one === named);
  if (version === undefined ? kind === undefined : !isOfGroup(version)) return [];
  const unclear = (path: string, says: string): readonly Declared[] => {
    const line = lineOf(path);
    return [{ is: 'unclear', ...place, line, message: `${placeText(place, [line])}: ${says}` }];
  };
  if (version === undefined) return unclear('', `apiVersion not set: must be ${apiVersion}`);
  if (version !== apiVersion || kind === undefined) {
    const says = `no matches for kind ${JSON.stringify(named)} in version ${JSON.stringify(version)}`;
    return unclear(
      version === apiVersion ? 'kind' : 'apiVersion',
      `${says}: there are ${kinds.join(', ')} in ${apiVersion}`,
    );
  }
  const metadata = fieldIn(document, 'metadata');
  const [name, given] = [fieldIn(metadata, 'name'), fieldIn(metadata, 'namespace')];
  const namespace = given === undefined || given === null || given === '' ? 'default' : given;
  const faults = { name: faultsOf(name, nameFaults), namespace: faultsOf(namespace, namespaceFaults) };
  if (
    typeof name === 'string' &&
    typeof namespace === 'string' &&
    faults.name === undefined &&
    faults.namespace === undefined
  ) {
    return [{ is: 'object', ...place, kind, key: { namespace, name }, document, lineOf }];
  }
  const field = faults.name === undefined ? 'namespace' : 'name';
  const says = faults.name ?? faults.namespace ?? '';
  return unclear(
    `metadata.${field}`,
    `The ${kind} ${JSON.stringify(name ?? '')} is invalid: metadata.${field}: ${says}`,
  );
}

function faultsOf(value: unknown, faultsIn: (text: string) => readonly string[]): string | undefined {
  if (value === undefined) return 'Required value';
  const [fault] = typeof value === 'string' ? faultsIn(value) : ['must be a string'];
  return fault === undefined ? undefined : `Invalid value: ${JSON.stringify(value)}: ${fault}`;
}

/** `FILE: document 2, line 7` */
export function placeText({ file, number }: Place, lines: readonly number[]): string {
  return `${file}: document ${number}, line ${[...new Set(lines)].join(', ')}`;
}

function isOfGroup(version: unknown): boolean {
  return version === group || (typeof version === 'string' && version.startsWith(`${group}/`));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
