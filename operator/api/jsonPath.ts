import { fieldOf, isList, isMapping } from './document.ts';
import type { Json } from './schema.ts';

/** A field by its name, or the first item of a list whose field holds this text. */
type Step = { readonly field: string } | { readonly where: string; readonly is: string };

/** As much of kubectl's JSONPath as `crds/` uses: `.status.conditions[?(@.type=="Ready")].status`. */
export type JsonPath = readonly Step[];

const grammar = /\.([A-Za-z][A-Za-z0-9]*)|\[\?\(@\.([A-Za-z]+)=="([A-Za-z]+)"\)\]/y;

/** Throws where a path has more to it than is understood here. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  grammar.lastIndex = 0;
  for (let at = 0; at < text.length; at = grammar.lastIndex) {
    const [, field, where, is = ''] = grammar.exec(text) ?? [];
    if (field !== undefined) steps.push({ field });
    else if (where !== undefined) steps.push({ where, is });
    else throw new Error(`unrecognized column definition "${text}"`);
  }
  return steps;
}

/** `undefined`: there is no such thing. */
export function valueAt(path: JsonPath, of: Json): Json | undefined {
  let value: Json | undefined = of;
  for (const step of path) {
    if ('field' in step) value = isMapping(value) ? fieldOf(value, step.field) : undefined;
    else
      value = isList(value)
        ? value.find((item) => isMapping(item) && fieldOf(item, step.where) === step.is)
        : undefined;
  }
  return value;
}
