import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest } from '../../core/oci/digest.ts';

const root = 'docker/registry/v2';

/** Files below a digest's name that do not hash to it, and links that name no digest: what a commit would leave that became visible before it was whole. */
export async function shortFiles(storage: string): Promise<readonly string[]> {
  const short: string[] = [];
  for (const entry of await readdir(join(storage, root), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    if (!isWhole(file.slice(join(storage, root).length), bytes)) short.push(`${file} (${bytes.length} bytes)`);
  }
  return short;
}

/** Uploads are nobody's promise: they may be short. */
function isWhole(path: string, bytes: Uint8Array): boolean {
  const [, algorithm = '', hex = ''] = /^\/blobs\/([^/]+)\/..\/([^/]+)\/data$/.exec(path) ?? [];
  if (algorithm !== '') return createHash(algorithm).update(bytes).digest('hex') === hex;
  return !path.endsWith('/link') || parseDigest(new TextDecoder().decode(bytes)) !== undefined;
}
