import { type Digest, parseDigest } from '../../../core/oci/digest.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { TreeReader } from './treeReader.ts';

/** No link of ours or of distribution is longer than a digest of sha512, 135 bytes. */
const largestLinkBytes = 4096;
/** `sha256:` and 64 hexadecimal characters, as distribution and we write it. */
const plainLinkBytes = 71;

export interface Link {
  readonly target: Digest;
  readonly modifiedAt: number;
}

/** An empty, truncated or otherwise unreadable link is a doubt about the graph (G1), not an absent one. */
export async function readLink(tree: TreeReader, path: string): Promise<Link | undefined> {
  const file = await tree.read(path, largestLinkBytes);
  if (file === undefined) return undefined;
  const target = parseDigest(new TextDecoder().decode(file.bytes).trim());
  if (target === undefined) throw new Doubt(path, `not a digest (${file.bytes.length} bytes)`);
  return { target, modifiedAt: file.modifiedAt };
}

/**
 * What a layer's link means, which its content says and not its name: distribution writes a link named by sha512 whose content is the sha256 of the
 * stored bytes. Under a name of sha256 it writes that same digest, always, and so do we; so there the file's length is looked at and its content left
 * unread, which halves the time of a mark: reading ten million links takes over a minute more. One of another length is read, and must make sense.
 */
export async function readLayerLink(tree: TreeReader, path: string, name: Digest): Promise<Link | undefined> {
  if (!name.startsWith('sha256:')) return readLink(tree, path);
  const file = await tree.look(path);
  if (file === undefined) return undefined;
  if (file.sizeBytes !== plainLinkBytes) return readLink(tree, path);
  return { target: name, modifiedAt: file.modifiedAt };
}
