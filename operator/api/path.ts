/** Where in an object: names of fields and indexes of items, from its root on. Empty: the object as a whole. */
export type Path = readonly (string | number)[];

/** As an API server writes it: `spec.targets[0].tag`. */
export function pathText(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('');
}
