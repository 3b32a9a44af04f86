import { hash } from 'node:crypto';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import type { ManifestReading, ManifestReference } from '../../oci/manifest.ts';
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from '../../oci/reference.ts';
import type { HashToken, TokenHash } from '../../window/token.ts';
import { parseTokenHash } from '../../window/token.ts';
import type { Graph } from '../graph.ts';
import type { DataEntry, Inventory, InventoryEntry, LayerEntry, Look, LookedAt } from '../inventory.ts';
import type { RevisionEntry, StoredManifest, TagEntry } from '../inventory.ts';
import { mark, type Marked, type MarkInput } from '../mark.ts';
import { makePlan, type Plan, type PlanInput } from '../plan.ts';
import type { PlanItem } from '../planItem.ts';
import { readGraph } from '../reading.ts';
import type { Tombstone } from '../tombstone.ts';

export const hour = 3_600_000;
/** The storage's clock in every test; what is pushed is ten days old unless a test says otherwise. */
export const now = 1_000 * hour;
export const longAgo = now - 240 * hour;

export const sha256 = (text: string): string => hash('sha256', text);

function parsed<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`a test names ${text}`);
  return value;
}

/** The digest of whatever the test calls so. */
export const digest = (name: string): Digest => parsed(parseDigest(`sha256:${sha256(name)}`), name);
export const repo = (name: string): RepositoryName => parsed(parseRepositoryName(name), name);
export const tagNamed = (name: string): Tag => parsed(parseTag(name), name);
export const hashToken: HashToken = (token): TokenHash => parsed(parseTokenHash(sha256(token).slice(0, 32)), token);

export interface Content {
  readonly config?: string;
  readonly layers?: readonly string[];
  readonly foreign?: readonly string[];
  readonly manifests?: readonly string[];
  readonly subject?: string;
}

const markDefaults: MarkInput = {
  now,
  freshMs: 1.25 * hour,
  minAgeMs: hour,
  untagged: 'Delete',
  protections: { digests: [], tags: [] },
};

/** A storage in memory that reads like one: things are called by short names, and their digests come from those. */
export class World implements Inventory {
  readonly repositories = new Set<RepositoryName>();
  readonly tags = new Map<string, TagEntry>();
  readonly revisions = new Map<string, RevisionEntry & { readonly modifiedAt: number }>();
  readonly layers = new Map<string, LayerEntry & { readonly modifiedAt: number }>();
  readonly data = new Map<Digest, DataEntry & Look>();
  readonly manifests = new Map<Digest, ManifestReading>();
  readonly buried: Tombstone[] = [];
  /** In what order a listing tells the things of one kind. */
  order: (entries: InventoryEntry[]) => InventoryEntry[] = (entries) => entries;

  /** Content without a link. */
  store(name: string, sizeBytes = 100, modifiedAt = longAgo): this {
    this.data.set(digest(name), { kind: 'data', digest: digest(name), sizeBytes, modifiedAt });
    return this;
  }

  layer(repository: string, name: string, options: { target?: string; modifiedAt?: number } = {}): this {
    const { target = name, modifiedAt = longAgo } = options;
    const [at, named] = [repo(repository), digest(name)];
    this.repositories.add(at);
    this.layers.set(`${at}@${named}`, {
      kind: 'layer',
      repository: at,
      digest: named,
      target: digest(target),
      modifiedAt,
    });
    return this.data.has(digest(target)) ? this : this.store(target);
  }

  /** A manifest as a push leaves it: its blobs stored and linked first; its children are pushed by the test. */
  push(repository: string, name: string, content: Content = {}, modifiedAt = longAgo): this {
    for (const blob of [content.config, ...(content.layers ?? [])])
      if (blob !== undefined) this.layer(repository, blob);
    return this.describe(name, content).link(repository, name, modifiedAt);
  }

  /** A manifest's content alone. */
  describe(name: string, content: Content): this {
    const refer =
      (role: ManifestReference['role'], foreign = false) =>
      (each: string) => ({
        digest: digest(each),
        role,
        foreign,
        sizeBytes: this.data.get(digest(each))?.sizeBytes ?? 100,
      });
    const references: ManifestReference[] = [
      ...(content.config === undefined ? [] : [content.config].map(refer('config'))),
      ...(content.layers ?? []).map(refer('layer')),
      ...(content.foreign ?? []).map(refer('layer', true)),
      ...(content.manifests ?? []).map(refer('manifest')),
    ];
    const subject = content.subject === undefined ? {} : { subject: digest(content.subject) };
    const manifest = { kind: 'image', mediaType: '', references, annotations: {}, ...subject } as const;
    this.manifests.set(digest(name), { is: 'manifest', manifest });
    return this.store(name);
  }

  link(repository: string, name: string, modifiedAt = longAgo): this {
    const at = repo(repository);
    this.repositories.add(at);
    this.revisions.set(`${at}@${digest(name)}`, { kind: 'revision', repository: at, digest: digest(name), modifiedAt });
    return this;
  }

  tag(repository: string, tag: string, name: string, modifiedAt = longAgo): this {
    const at = repo(repository);
    this.repositories.add(at);
    this.tags.set(`${at}:${tag}`, {
      kind: 'tag',
      repository: at,
      tag: tagNamed(tag),
      digest: digest(name),
      modifiedAt,
    });
    return this;
  }

  bury(repository: string, name: string, options: Partial<Tombstone> = {}): this {
    const group = [digest(name)];
    const times = { at: now - 2 * hour, until: now + hour };
    const base = {
      id: `t${this.buried.length}`,
      repository: repo(repository),
      kind: 'manifest' as const,
      digest: digest(name),
      tags: [],
    };
    this.buried.push({ ...base, group, ...times, who: 'test', why: '', ...options });
    return this;
  }

  /** As the executor would: a tombstone before links, links of a group all together. */
  remove(item: PlanItem): void {
    switch (item.step) {
      case 'request':
      case 'tag':
      case 'untagged': {
        const { repository, digest: named, group } = item;
        const restored = item.step === 'tag' ? group : [...group, ...item.shared];
        const isTag = item.step === 'tag' || (item.step === 'request' && item.kind === 'tag');
        const tags = item.step === 'tag' ? [item.tag] : item.step === 'request' ? item.tags.map(({ tag }) => tag) : [];
        const kind = isTag ? 'tag' : 'manifest';
        const stone = {
          id: `t${this.buried.length}`,
          repository,
          kind,
          digest: named,
          tags,
          group: restored,
          at: now,
          until: now + hour,
        } as const;
        this.buried.push({ ...stone, who: item.step, why: item.why });
        for (const tag of tags) this.tags.delete(`${repository}:${tag}`);
        if (!isTag) for (const each of group) this.revisions.delete(`${repository}@${each}`);
        return;
      }
      case 'manifest':
        this.revisions.delete(`${item.repository}@${item.digest}`);
        return;
      case 'layer':
        this.layers.delete(`${item.repository}@${item.digest}`);
        return;
      case 'data':
        this.data.delete(item.digest);
    }
  }

  async *entries(): AsyncGenerator<readonly InventoryEntry[]> {
    yield this.order([...this.repositories].map((repository) => ({ kind: 'repository', repository })));
    yield this.order([...this.tags.values()]);
    yield this.order([...this.revisions.values()]);
    yield this.order([...this.layers.values()]);
    yield this.order([...this.data.values()]);
  }

  async tombstones(): Promise<readonly Tombstone[]> {
    return this.buried;
  }

  async manifest(named: Digest): Promise<StoredManifest | undefined> {
    const [data, reading] = [this.data.get(named), this.manifests.get(named)];
    return data && reading && { reading, sizeBytes: data.sizeBytes };
  }

  async look(entries: readonly LookedAt[]): Promise<readonly (Look | undefined)[]> {
    return entries.map((entry) => {
      if (entry.kind === 'data') return this.data.get(entry.digest);
      const links = entry.kind === 'layer' ? this.layers : this.revisions;
      const link = links.get(`${entry.repository}@${entry.digest}`);
      return link && { sizeBytes: 71, modifiedAt: link.modifiedAt };
    });
  }

  async read(): Promise<Graph> {
    const { graph } = await readGraph(this, { seed: 7, progress: () => undefined }, new AbortController().signal);
    return graph;
  }

  async mark(input: Partial<MarkInput> = {}): Promise<Marked> {
    return mark(await this.read(), { ...markDefaults, ...input });
  }

  /** With every suspect confirmed, nothing asked for and no limits, unless the test says otherwise. */
  async plan(input: Partial<PlanInput> = {}, marking: Partial<MarkInput> = {}): Promise<Plan> {
    const marked = await this.mark(marking);
    const defaults = { confirmed: marked.suspects, retention: () => [], requests: [], limits: {}, sha256 };
    return makePlan({ marked, ...defaults, ...input });
  }
}
