import { layout } from '../../../storage/layout.ts';

/** What a call on the storage did, as people say it. `undefined`: it changed nothing that others rest on. */
export function wordsOf(call: string, about: string): string | undefined {
  const [from = '', to = from] = about.split(' ');
  switch (call) {
    case 'rename':
    case 'MOVE':
      return moved(from, to);
    case 'link':
    case 'PUT':
      return made(to);
    case 'mkdir':
      return begun(to);
    case 'rmdir':
    case 'DELETE':
      return gone(from);
    default:
      return undefined;
  }
}

function moved(from: string, to: string): string | undefined {
  if (to.startsWith(`${layout.doors}/`)) return `removes ${nameOf(from)}`;
  if (to.startsWith(`${layout.stages}/`)) return `takes away ${nameOf(from)}`;
  if (to.startsWith(`${layout.trashes}/`)) return undefined;
  return from.startsWith(`${layout.stages}/`) || from.startsWith(`${layout.temporaries}/`)
    ? made(to)
    : `moves ${nameOf(from)} to ${nameOf(to)}`;
}

function made(path: string): string | undefined {
  const isPassing = path.startsWith(`${layout.temporaries}/`) || /\/stage\/[^/]+\/|\/_uploads\/|\/index\//.test(path);
  if (isPassing) return undefined;
  return begun(path) ?? `writes ${nameOf(path)}`;
}

function begun(path: string): string | undefined {
  if (/^\/coppice\/v1\/stage\/[^/]+$/.test(path)) return `begins the life ${lastOf(path)}`;
  return /^\/coppice\/v1\/door\/[^/]+$/.test(path) ? `opens the window ${lastOf(path)}` : undefined;
}

function gone(path: string): string | undefined {
  if (/^\/coppice\/v1\/stage\/[^/]+$/.test(path)) return `ends the life ${lastOf(path)}`;
  if (/^\/coppice\/v1\/door\/[^/]+$/.test(path)) return `ends the window ${lastOf(path)}`;
  return path.startsWith(layout.served) && !path.includes('/_uploads/') ? `removes ${nameOf(path)}` : undefined;
}

const kinds: readonly (readonly [RegExp, (...parts: readonly string[]) => string])[] = [
  [/^\/docker\/.*\/blobs\/sha256\/..\/([^/]{12})[^/]*(?:\/data)?$/, (hex) => `the bytes of ${hex}`],
  [
    /^\/docker\/.*\/repositories\/(.+)\/_layers\/sha256\/([^/]{12})/,
    (repository, hex) => `the layer ${repository}@${hex}`,
  ],
  [
    /^\/docker\/.*\/repositories\/(.+)\/_manifests\/revisions\/sha256\/([^/]{12})/,
    (repository, hex) => `the manifest ${repository}@${hex}`,
  ],
  [
    /^\/docker\/.*\/repositories\/(.+)\/_manifests\/tags\/([^/]+)(?:\/current\/link)?$/,
    (repository, tag) => `the tag ${repository}:${tag}`,
  ],
  [/^\/coppice\/v1\/gate\/0*([0-9]+)$/, (epoch) => `gate ${epoch}`],
  [/^\/coppice\/v1\/member\/([^/]+)\/life\.json$/, (life) => `the record of life ${life}`],
  [/^\/coppice\/v1\/member\/([^/]+)\/touched\//, (life) => `what life ${life} touched`],
  [/^\/coppice\/v1\/tomb\/(.+)\.json$/, (id) => `the tombstone ${id}`],
];

function nameOf(path: string): string {
  for (const [pattern, says] of kinds) {
    const match = pattern.exec(path);
    if (match !== null) return says(...match.slice(1));
  }
  return path.startsWith(`${layout.own}/`) ? path.slice(layout.own.length + 1) : path;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
