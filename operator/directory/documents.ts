import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';

/** Most characters of a file. */
export const longestFile = 8 << 20;

const group = 'coppice.dev';

export type Found =
  | {
      /** With its place: `FILE: document 2, line 7: not YAML: …`. */
      readonly mistake: string;
      readonly number: number;
      readonly line: number;
      /** Whether an object of `coppice.dev` may be meant: a checkout holds files for others, with whatever these understand. */
      readonly isOurs: boolean;
    }
  | {
      readonly document: unknown;
      /** Among those of the file, from 1 on. */
      readonly number: number;
      /** The line that something of the document stands in, by its path (`spec.rules[1].name`); what is missing: of what it is missing from. */
      readonly lineOf: (path: string) => number;
      /** `FILE: document 2, line 7`. */
      readonly at: (path: string) => string;
    };

/** Every document of a file, YAML or JSON: without aliases, and each key of a mapping once. */
export function documentsOf(file: string, content: string): readonly Found[] {
  if (content.length > longestFile) {
    return [{ mistake: `${file}: is longer than 8 MiB`, number: 1, line: 1, isOurs: true }];
  }
  const { documents, lineAt } = parsed(content);
  const lines = linesLater(content);
  return documents.flatMap((document, index): readonly Found[] => {
    const number = index + 1;
    const broken = (offset: number, says: string, isOurs: boolean): Found => {
      const line = lineAt(offset);
      return { mistake: `${file}: document ${number}, line ${line}: ${says}`, number, line, isOurs };
    };
    const [error] = [...document.errors, ...document.warnings];
    // Where one document ends and the next begins is not certain any more, so that only the whole content tells whom it is for.
    if (error !== undefined) return [broken(error.pos[0], `not YAML: ${error.message}`, content.includes(group))];
    if (document.contents === null) return []; // nothing between two separators
    if (hasAlias(document)) return [broken(startOf(document.contents), 'may hold no alias', isOurs(document))];
    const lineOf = (path: string): number => lines(index, path);
    const at = (path: string): string => `${file}: document ${number}, line ${lineOf(path)}`;
    return [{ document: document.toJS() as unknown, number, lineOf, at }];
  });
}

interface Parse {
  readonly documents: readonly Document[];
  readonly lineAt: (offset: number) => number;
}

function parsed(content: string): Parse {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
    logLevel: 'error' as const,
  };
  const documents = parseAllDocuments(content, options);
  return { documents: Array.isArray(documents) ? documents : [], lineAt: (offset) => lines.linePos(offset).line };
}

/** Lines are asked for seldom, and a syntax tree is a hundred times its text: it is made again when it is needed. */
function linesLater(content: string): (index: number, path: string) => number {
  let kept: WeakRef<Parse> | undefined;
  return (index, path) => {
    const tree = kept?.deref() ?? parsed(content);
    kept = new WeakRef(tree);
    const document = tree.documents[index];
    return tree.lineAt(document === undefined ? 0 : offsetOf(document.contents, path));
  };
}

/** Where the field of this path begins or, if it is missing, what it is missing from. */
function offsetOf(contents: unknown, path: string): number {
  let node = contents;
  let offset = startOf(contents);
  for (const [step, key = step] of path.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)) {
    const within: unknown = isCollection(node) ? node.get(isMap(node) ? key : Number(key), true) : undefined;
    if (within === undefined) break;
    // A value may begin lines below its key, where nobody looks for it.
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    offset = startOf(pair?.key ?? within);
    node = within;
  }
  return offset;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function isOurs({ contents }: Document): boolean {
  const version: unknown = isMap(contents) ? contents.get('apiVersion', true) : undefined;
  if (version === undefined) return false;
  return !isScalar(version) || typeof version.value !== 'string' || version.value.startsWith(`${group}/`);
}

function hasAlias(document: Document): boolean {
  const aliases: unknown[] = [];
  visit(document, {
    Alias: (_, alias) => {
      aliases.push(alias);
      return visit.BREAK;
    },
  });
  return aliases.length > 0;
}
