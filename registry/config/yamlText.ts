import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';

const longest = 1 << 20;
/** Each alias stands for what may hold others: so many are a configuration, more are meant to fill the memory. */
const mostAliases = 100;

/** One document of YAML 1.2, with merge keys, maps as `Map`; `undefined` after a mistake was told. */
export function parseYaml(text: string, tell: (says: string) => void): unknown {
  if (text.length > longest) {
    tell('is longer than 1 MiB');
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true });
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0]);
    tell(`is not YAML: line ${line}, column ${col}: ${error.message}`);
  }
  if (document.errors.length + document.warnings.length > 0) return undefined;
  if (!hasTextKeys(document)) {
    tell('may have only texts as keys');
    return undefined;
  }
  if (document.contents === null) return null;
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    tell(`is not understood: ${error.message}`);
    return undefined;
  }
}

function hasTextKeys(document: Document): boolean {
  let isSound = true;
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'symbol')) return undefined;
      isSound = false;
      return visit.BREAK;
    },
  });
  return isSound;
}
