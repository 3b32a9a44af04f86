import type { Digest } from '../../../../core/oci/digest.ts';
import { readManifest } from '../../../../core/oci/manifest.ts';
import type { RepositoryName, Tag } from '../../../../core/oci/reference.ts';
import {
  bytesOf,
  digestOfText,
  imageOf,
  indexOf,
  repositoryNamed,
  tagNamed,
} from '../../../repository/testing/testRegistry.ts';
import type { Chance } from '../kernel/chance.ts';

/** A manifest that clients push, with what it refers to. */
export interface Artifact {
  readonly name: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly blobs: readonly Digest[];
  readonly children: readonly Artifact[];
  readonly subject: Artifact | undefined;
}

export const repositories: readonly RepositoryName[] = ['team/app', 'base'].map(repositoryNamed);
/** Tags that begin with `old` are what policies remove. */
export const tags: readonly Tag[] = ['v1', 'latest', 'old-1', 'old-2'].map(tagNamed);

export function isCoveredByPolicy(tag: Tag): boolean {
  return tag.startsWith('old');
}

/** Everything that clients of one world push: little, so that they come across each other, and layers are shared. */
export class Catalogue {
  readonly artifacts: readonly Artifact[];
  readonly #contents = new Map<Digest, string>();
  readonly #byDigest: ReadonlyMap<Digest, Artifact>;

  constructor(chance: Chance) {
    const layers = Array.from({ length: 3 }, (_, n) => this.#blob(`layer ${n} ${'x'.repeat(n * 10)}`));
    const images = Array.from({ length: 5 }, (_, n) => {
      const chosen = chance.shuffled(layers).slice(0, 1 + chance.below(2));
      return this.#image(`image ${n}`, chosen, undefined);
    });
    const [first, second, third] = images;
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few images');
    const signature = this.#image('signature', [this.#blob('signature of 0')], first);
    const index = this.#index('index', [first, second]);
    this.artifacts = [...images, signature, index, this.#index('index of indexes', [index, third])];
    this.#byDigest = new Map(this.artifacts.map((artifact) => [artifact.digest, artifact]));
  }

  artifact(digest: Digest): Artifact | undefined {
    return this.#byDigest.get(digest);
  }

  content(digest: Digest): string {
    const content = this.#contents.get(digest);
    if (content === undefined) throw new Error(`no blob of ours: ${digest}`);
    return content;
  }

  #blob(content: string): Digest {
    const digest = digestOfText(content);
    this.#contents.set(digest, content);
    return digest;
  }

  #image(name: string, layers: readonly Digest[], subject: Artifact | undefined): Artifact {
    const config = this.#blob(`config of ${name}`);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const more =
      subject === undefined ? {} : { subject: { mediaType, digest: subject.digest, size: subject.bytes.length } };
    return artifactOf(name, imageOf(config, layers, more), [], subject);
  }

  #index(name: string, children: readonly Artifact[]): Artifact {
    return artifactOf(name, indexOf(children.map(({ digest }) => digest)), children, undefined);
  }
}

function artifactOf(
  name: string,
  document: object,
  children: readonly Artifact[],
  subject: Artifact | undefined,
): Artifact {
  const text = JSON.stringify(document);
  const reading = readManifest(text);
  if (reading.is === 'notUnderstood') throw new Error(reading.why);
  const blobs = reading.manifest.references.filter(({ role }) => role !== 'manifest').map(({ digest }) => digest);
  return { name, digest: digestOfText(text), bytes: bytesOf(text), blobs: [...new Set(blobs)], children, subject };
}
