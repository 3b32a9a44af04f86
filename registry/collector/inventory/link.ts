import { type Digest, parseDigest } from '../../../core/oci/digest.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { Look } from '../../../core/reach/inventory.ts';
import type { TreeReader } from './treeReader.ts';

/** No link of ours or of distribution is longer than a digest of sha512, 135 bytes. */
export const largestLinkBytes = 4096;
/** `sha256:` and 64 hexadecimal characters, as distribution and we write it. */
const plainLinkBytes = 71;

export interface Link {
  readonly target: Digest;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

/** An empty, truncated or otherwise unreadable link is a doubt about the graph (G1), not an absent one. */
export async function readLink(tree: TreeReader, path: string): Promise<Link | undefined> {
  const file = await tree.read(path, largestLinkBytes);
  if (file === undefined) return undefined;
  const target = parseDigest(new TextDecoder().decode(file.bytes).trim());
  if (target === undefined) throw new Doubt(path, `not a digest (${file.bytes.length} bytes)`);
  return { target, sizeBytes: file.bytes.length, modifiedAt: file.modifiedAt };
}

/**
 * Whether the name of a layer's link says what it means, as its content does: distribution writes a link named by sha512 whose content is the sha256 of the
 * stored bytes. Under a name of sha256 it writes that same digest, always, and so do we.
 */
export function namesItsTarget(name: Digest): boolean {
  return name.startsWith('sha256:');
}

/** Of a link that nothing is known to need. Under a name of sha256 its length says that it is as it was written; one of another length is read, and must make sense. */
export async function lookAtLayerLink(tree: TreeReader, path: string, name: Digest): Promise<Look | undefined> {
  const file = await tree.look(path);
  if (file === undefined || (namesItsTarget(name) && file.sizeBytes === plainLinkBytes)) return file;
  return readLink(tree, path);
}

/** Of a revision that no tag names. It must name its own manifest: registries serve by the content of a link, and not by its name. */
export async function lookAtRevisionLink(tree: TreeReader, path: string, name: Digest): Promise<Look | undefined> {
  const link = await readLink(tree, path);
  if (link !== undefined && link.target !== name)
    throw new Doubt(path, `names ${link.target}, another manifest than its own`);
  return link;
}
