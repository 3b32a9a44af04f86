import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { nameFaults } from '../api/names.ts';
import type { Kind, ObjectKey } from '../resources/home.ts';

/*
 * The state directory:
 *
 *   .gitignore                            `*`, where the state lies inside the resources
 *   lock                                  locked while an operator runs; always empty
 *   holder.json                           who that operator is, for people
 *   version.json                          resource versions up to this one may be in use
 *   objects/<Kind>/<namespace>/<name>.json
 *   events.jsonl                          one event a line; of several with one id the last counts
 *   refusals.json                         documents that are not admitted, and why
 *   temporaries/                          what is being written; removed at start
 */
export const layout = {
  ignored: '.gitignore',
  lock: 'lock',
  holder: 'holder.json',
  version: 'version.json',
  objects: 'objects',
  events: 'events.jsonl',
  refusals: 'refusals.json',
  temporaries: 'temporaries',
  kind: (kind: Kind): string => join('objects', kind),
  namespace: (kind: Kind, namespace: string): string => join('objects', kind, inPath(namespace)),
  object: (kind: Kind, { namespace, name }: ObjectKey): string =>
    join('objects', kind, inPath(namespace), `${short(inPath(name))}.json`),
} as const;

/** File systems end names at 255 bytes, and an object's may be 253 long before `.json` is added. */
const longestWritten = 200;

/** Admission has refused every other name already; here one would leave the directory. */
function inPath(name: string): string {
  if (nameFaults(name).length === 0) return name;
  throw new Error(`no name of an object: ${JSON.stringify(name.slice(0, longestWritten))}`);
}

/** `~` stands in no name of an object, so that a shortened one meets no other. */
function short(name: string): string {
  if (name.length <= longestWritten) return name;
  return `${name.slice(0, longestWritten - 33)}~${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}
