import type { Mistake } from './mistake.ts';
import { type Found, type Given, takeSection, tell } from './sections.ts';
import { type Environment, takeVariables } from './variables.ts';
import { parseYaml } from './yamlText.ts';

export interface Gathered {
  readonly given: ReadonlyMap<string, Given>;
  /** Whether anything is said of a section, if only its name. */
  readonly isNamed: (section: string) => boolean;
  readonly mistakes: readonly Mistake[];
}

/** What the file says, and over it the variables. */
export function gather(file: string | undefined, environment: Environment): Gathered {
  const found: Found = { given: new Map(), named: new Set(), mistakes: [] };
  if (file !== undefined) takeFile(file, found);
  takeVariables(environment, found);
  const { given, named, mistakes } = found;
  const keys = [...given.keys(), ...named];
  return { given, mistakes, isNamed: (path) => keys.some((key) => key === path || key.startsWith(`${path}.`)) };
}

function takeFile(text: string, found: Found): void {
  const tree = parseYaml(text, (says) => {
    tell(found, '', says);
  });
  if (tree === undefined) return;
  if (!(tree instanceof Map)) {
    tell(found, '', 'must be a map of sections');
    return;
  }
  if (!tree.has('version')) tell(found, 'version', 'is missing: write version: 0.1');
  takeSection('', tree, undefined, found);
}
