import type { PushOutcome, RegistryClient } from '../load/client.ts';
import { artifactFor, type Image, imageOf, layer, topOf } from '../load/images.ts';
import type { OwnedRegistry } from './ownedRegistry.ts';
import { runnableImage } from './runnable.ts';

/** What its owner has pushed to `team/app` before anybody thought of switching. */
export interface OwnedContent {
  /** An index for two platforms, tagged `1.0.0`. */
  readonly first: Image;
  /** The same, tagged `2.0.0`. */
  readonly second: Image;
  /** Refers to the first. */
  readonly signature: Image;
  /** Lost its tag, `moving`, to another. */
  readonly untagged: Image;
  /** Deleted by its digest: nothing refers to its bytes any more. */
  readonly deleted: Image;
}

export const repository = 'team/app';

/** Pushes it, deletes what was deleted, and gives up an upload. */
export async function fill(owned: OwnedRegistry, registry: RegistryClient, signal: AbortSignal): Promise<OwnedContent> {
  const first = await runnableImage('first');
  const content = {
    first,
    second: await runnableImage('second'),
    signature: artifactFor(topOf(first), 'signature'),
    untagged: imageOf('untagged', [layer('untagged', 5000)]),
    deleted: imageOf('deleted', [layer('deleted', 5000)]),
  };
  const push = async (image: Image, tag?: string): Promise<void> => {
    acknowledged(await registry.push(repository, image, tag, signal));
  };
  await push(content.first, '1.0.0');
  await push(content.second, '2.0.0');
  await push(content.signature);
  await push(content.untagged, 'moving');
  await push(imageOf('moving', [layer('moving', 5000)]), 'moving');
  await push(content.deleted, 'deleted');
  const removed = await registry.remove(repository, topOf(content.deleted).digest, signal);
  if (removed !== 'deleted') throw new Error(`DELETE was ${removed}`);
  await abandonUpload(owned, signal);
  return content;
}

async function abandonUpload({ base, headers }: OwnedRegistry, signal: AbortSignal): Promise<void> {
  const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers, signal });
  const location = new URL(begun.headers.get('location') ?? '', base);
  const bytes = { ...headers, 'content-type': 'application/octet-stream' }; // distribution takes no other type
  const sent = await fetch(location, { method: 'PATCH', headers: bytes, body: 'never finished', signal });
  if (sent.status !== 202) throw new Error(`PATCH was ${sent.status}`);
}

function acknowledged(outcome: PushOutcome): void {
  if (outcome.is !== 'acknowledged') throw new Error(outcome.why);
}
