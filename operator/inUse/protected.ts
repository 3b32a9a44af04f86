import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { mentionedDigests } from '../../core/oci/mention.ts';
import { shown } from '../../core/resources/mistake.ts';
import type { Protect } from '../../core/admin/schema.ts';
import { parseImageReference } from './imageReference.ts';
import { type Images, NotUnderstood } from './images.ts';
import type { IsOurs } from './ownHosts.ts';

/** What an admin API takes of one source at most. */
const most = 1_000_000;

/** What is in use, gathered object by object. */
export class Protected {
  readonly #isOurs: IsOurs;
  readonly #digests = new Set<Digest>();
  readonly #tags = new Set<string>();

  constructor(isOurs: IsOurs) {
    this.#isOurs = isOurs;
  }

  get counts(): { readonly digests: number; readonly tags: number } {
    return { digests: this.#digests.size, tags: this.#tags.size };
  }

  /** Takes all that can be read, and then throws `NotUnderstood` for the first that cannot. */
  add({ references, ids, hints }: Images): void {
    for (const text of [...references, ...hints]) this.#addReference(text);
    const unread = ids.filter((text) => !this.#addId(text));
    if (this.#digests.size > most || this.#tags.size > most) throw new NotUnderstood(`more than ${most} are in use`);
    const [first] = unread;
    if (first !== undefined) throw new NotUnderstood(`the image id ${shown(first)} is not understood`);
  }

  /** Sorted: equal worlds are told in equal words. */
  listed(): Pick<Protect, 'digests' | 'tags'> {
    const tags = [...this.#tags].toSorted().map((text) => {
      const [repository = '', tag = ''] = text.split(':');
      return { repository, tag };
    });
    return { digests: [...this.#digests].toSorted(), tags };
  }

  /** Whether it is a reference. What is none no runtime takes, and what this registry could serve under none is nothing: it uses nothing. */
  #addReference(text: string): boolean {
    // A digest protects whatever the host in front of it: that may be a mirror of ours.
    for (const digest of mentionedDigests(text)) this.#digests.add(digest);
    const reference = parseImageReference(text);
    if (reference?.tag !== undefined && this.#isOurs(reference.host)) {
      this.#tags.add(`${reference.repository}:${reference.tag}`);
    }
    return reference !== undefined;
  }

  /**
   * What a runtime says: `HOST/REPOSITORY@sha256:…` (containerd, CRI-O), with `docker-pullable://` before it (dockershim), or the id of the image, which
   * is the digest of its configuration, with or without an algorithm. Nothing before it runs. Whether it is understood.
   */
  #addId(text: string): boolean {
    const id = text.replace(/^docker(-pullable)?:\/\//, '');
    const bare = parseDigest(`sha256:${id}`);
    if (bare !== undefined) this.#digests.add(bare);
    return id === '' || bare !== undefined || this.#addReference(id) || mentionedDigests(id).length > 0;
  }
}
