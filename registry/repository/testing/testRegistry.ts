import { randomUUID } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../../../core/oci/digest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../../core/oci/reference.ts';
import type { LifeId } from '../../../core/window/identity.ts';
import type { Token } from '../../../core/window/token.ts';
import type { Driver } from '../../storage/driver.ts';
import { durations, known, signal, type TestReplica, type TestWorld } from '../../window/testing/testWorld.ts';
import { contentDigest } from '../contentDigest.ts';
import type { PushOutcome } from '../manifestPush.ts';
import type { ManifestRules } from '../manifestRules.ts';
import { openRepositories, type Repositories } from '../repositories.ts';
import { WindowDeletions } from './windowDeletions.ts';

export { signal };

export const promiseTTLMs = durations.promiseTTLMs;
export const repository = repositoryNamed('library/app');

export interface TestRegistryOptions {
  readonly driver?: Driver;
  readonly validation?: 'full' | 'disabled';
  readonly rules?: Omit<ManifestRules, 'validation'>;
  /** The clock by which storage time is carried on; usually that of the world. */
  readonly mono?: () => number;
}

/** One replica on a world of its own, with a client that pushes through its operations. */
export class TestRegistry {
  readonly world: TestWorld;
  readonly driver: Driver;
  readonly replica: TestReplica;
  readonly repositories: Repositories;
  readonly deletions: WindowDeletions;

  static async on(world: TestWorld, options: TestRegistryOptions = {}): Promise<TestRegistry> {
    const { driver = world.driver } = options;
    return new TestRegistry(world, driver, await world.replica({ holdBudgetMs: 0 }, driver), options);
  }

  private constructor(
    world: TestWorld,
    driver: Driver,
    replica: TestReplica,
    { validation = 'full', rules = {}, mono = world.clock.mono }: TestRegistryOptions,
  ) {
    this.world = world;
    this.driver = driver;
    this.replica = replica;
    const ports = {
      store: driver,
      admission: replica.replica,
      tombstones: replica.records.tombstones,
      mono,
      freshUpload: randomUUID,
      mustHaveRoom: async () => undefined,
      log: silent,
      stopping: signal,
    };
    this.repositories = openRepositories(ports, { promiseTTLMs, validation, ...rules });
    this.deletions = new WindowDeletions(world, driver, replica.replica, this.repositories.index);
  }

  /** Holds these tokens in a window, as this replica has seen it, until `release`. */
  async hold(tokens: readonly Token[]): Promise<void> {
    await this.world.beginRun();
    await this.replica.replica.nudge();
    await this.world.holdWindow(tokens);
    await this.replica.replica.nudge();
  }

  async release(): Promise<void> {
    await this.world.openUp();
    await this.replica.replica.nudge();
  }

  /** Fences the life that serves now, behind its back. */
  async fence(): Promise<void> {
    await this.driver.endLife(this.life, signal);
  }

  get life(): LifeId {
    return known(this.replica.replica.state).life;
  }

  async blob(content: string, into = repository, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
    const { uploads } = this.repositories;
    const place = await uploads.begin(into, signal);
    const digest = digestOfText(content, algorithm);
    const outcome = await uploads.complete(place, digest, { body: bodyOf(content) }, signal);
    if (outcome.is !== 'committed') throw new Error(`the blob was not committed: ${outcome.is}`);
    return digest;
  }

  async push(document: object, tags: readonly string[] = [], into = repository): Promise<PushOutcome> {
    const bytes = bytesOf(JSON.stringify(document));
    return this.repositories.push.push({ repository: into, tags: tags.map(tagNamed), bytes }, signal);
  }

  /** Pushes what must be taken, and gives its digest. */
  async manifest(document: object, tags: readonly string[] = [], into = repository): Promise<Digest> {
    const outcome = await this.push(document, tags, into);
    if (outcome.is !== 'pushed') throw new Error(`the manifest was not taken: ${JSON.stringify(outcome)}`);
    return outcome.digest;
  }

  /** An image of one layer, with its blobs. */
  async image(name: string, tags: readonly string[] = [], into = repository): Promise<Digest> {
    return this.manifest(await this.imageDocument(name, into), tags, into);
  }

  async imageDocument(name: string, into = repository): Promise<object> {
    return imageOf(await this.blob(`config of ${name}`, into), [await this.blob(`layer of ${name}`, into)]);
  }
}

export function imageOf(config: Digest, layers: readonly Digest[], more: object = {}): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 1 },
    layers: layers.map((digest) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 1 })),
    ...more,
  };
}

export function indexOf(children: readonly Digest[], more: object = {}): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: children.map((digest) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size: 1,
    })),
    ...more,
  };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export async function* bodyOf(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield bytesOf(chunk);
}

export function digestOfText(text: string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return contentDigest(algorithm, bytesOf(text));
}

export function repositoryNamed(name: string): RepositoryName {
  return known(parseRepositoryName(name));
}

export function tagNamed(name: string): Tag {
  return known(parseTag(name));
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
