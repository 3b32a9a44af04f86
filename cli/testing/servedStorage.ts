import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, type Ended } from './command.ts';

const config = `
version: 0.1
log: {formatter: json, accesslog: {disabled: true}}
storage: {delete: {enabled: true}}
http: {addr: "127.0.0.1:0"}
coppice:
  permitTTL: 1s
  window: 2s
  promiseTTL: 3s
  minAge: 1s
  holdBudget: 2s
  confirmAfter: 0
  admin: {addr: "127.0.0.1:0"}
  metrics: {addr: "127.0.0.1:0"}
`;

/** A storage in a directory with one replica, a process of its own, serving it. */
export class ServedStorage {
  readonly directory: string;
  readonly api: string;
  readonly admin: string;
  readonly metrics: string;
  readonly #replica: Command;

  private constructor(directory: string, replica: Command, at: { api: string; admin: string; metrics: string }) {
    this.directory = directory;
    this.#replica = replica;
    this.api = `http://${at.api}`;
    this.admin = `http://${at.admin}`;
    this.metrics = `http://${at.metrics}`;
  }

  static async start(): Promise<ServedStorage> {
    const directory = await mkdtemp(join(tmpdir(), 'coppice-cli-'));
    const file = join(directory, 'config.yml');
    await writeFile(file, config);
    const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: directory };
    const replica = new Command(['registry', file], environment);
    const serves = JSON.parse(await replica.line(/the replica serves/)) as {
      api: string;
      admin: string;
      metrics: string;
    };
    return new ServedStorage(directory, replica, serves);
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    this.#replica.signal(name);
  }

  ended(): Promise<Ended> {
    return this.#replica.ended();
  }

  /** Pushes an image of one small layer under a tag, and answers with its digest. */
  async push(repository: string, tag: string): Promise<string> {
    const layer = await this.#blob(repository, `${repository}:${tag}`);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', ...(await this.#blob(repository, '{}')) },
      layers: [{ mediaType: 'application/octet-stream', ...layer }],
    });
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    await this.#expect(201, `/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body: manifest });
    return digestOf(manifest);
  }

  async statusOf(path: string): Promise<number> {
    const response = await fetch(`${this.api}${path}`, { headers: { accept: '*/*' } });
    await response.arrayBuffer();
    return response.status;
  }

  /** Everything was stored an hour ago: nothing is fresh or young any more. */
  async age(): Promise<void> {
    const then = Date.now() / 1000 - 3600;
    const entries = await readdir(join(this.directory, 'docker'), { recursive: true, withFileTypes: true });
    for (const entry of entries) if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then);
  }

  /** Ends the replica if it still serves, and removes the directory. */
  async remove(): Promise<void> {
    this.#replica.signal('SIGKILL');
    await this.#replica.ended();
    await rm(this.directory, { recursive: true });
  }

  async #blob(repository: string, content: string): Promise<{ digest: string; size: number }> {
    const digest = digestOf(content);
    const started = await this.#expect(202, `/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(started.headers.get('location') ?? '', this.api);
    location.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await this.#expect(201, `${location.pathname}${location.search}`, { method: 'PUT', headers, body: content });
    return { digest, size: Buffer.byteLength(content) };
  }

  async #expect(status: number, path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(`${this.api}${path}`, init);
    if (response.status === status) return response;
    throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`);
  }
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
