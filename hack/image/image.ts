import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonBlob, type Layer, layerOf, writeLayout } from './layout.ts';
import { nodeEntries } from './node.ts';
import { compile, dependencyEntries, programEntries } from './program.ts';
import type { Entry } from './tar.ts';

/** As distroless images number it; the chart and the documentation say the same. */
const nonroot = 65_532;

export interface BuiltImage {
  readonly name: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly layers: readonly Layer[];
}

/**
 * Builds the image of both programs out of a checkout after `npm ci`, without a base image and without a network: Node with the libraries of this machine, the
 * dependencies, the compiled sources. Equal input gives an equal digest. Rejects where the sources do not compile.
 */
export async function buildImage(checkout: string, file: string, signal: AbortSignal): Promise<BuiltImage> {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const folder = await mkdtemp(join(tmpdir(), 'coppice-image-'));
  try {
    const compiled = join(folder, 'dist');
    await compile(checkout, compiled, signal);
    // What changes least comes first: it is pulled once.
    const node = join(checkout, 'node_modules/node/bin/node');
    const layers = [
      await layerOf('node', [...root, ...(await nodeEntries(node, signal))], folder, signal),
      await layerOf('dependencies', await dependencyEntries(checkout), folder, signal),
      await layerOf('program', [...start, ...(await programEntries(checkout, compiled))], folder, signal),
    ];
    const name = `docker.io/library/coppice:${version}`; // what a pod means that says coppice:VERSION
    const digest = await writeLayout({ name, ...described(version, layers), layers }, file, signal);
    return { name, digest, layers };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const text = (path: string, content: string, mode = 0o644): Entry => {
  return { kind: 'bytes', path, mode, bytes: Buffer.from(content) };
};

const root: readonly Entry[] = [
  text('etc/passwd', `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${nonroot}:${nonroot}:nonroot:/:/sbin/nologin\n`),
  text('etc/group', `root:x:0:\nnonroot:x:${nonroot}:\n`),
  text('etc/nsswitch.conf', 'hosts: files dns\n'),
  { kind: 'directory', path: 'tmp', mode: 0o1777 },
  // A volume that a container engine makes here takes this owner over.
  { kind: 'directory', path: 'var/lib/registry', mode: 0o755, owner: nonroot },
];

const start: readonly Entry[] = [
  // There is no `env` in the image that the launcher's own first line could ask.
  // The second name is what people who ran distribution type.
  ...['coppice', 'registry'].map((name) =>
    text(`usr/local/bin/${name}`, "#!/usr/local/bin/node\nawait import('/app/cli/coppice.js');\n", 0o755),
  ),
  // Where the images of distribution have their own, of version 2 and of version 3: who mounts another file over either changes nothing else. They are one
  // file, so that none that was mounted is passed over for one that was not.
  text(
    'etc/docker/registry/config.yml',
    'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\nhttp:\n  addr: :5000\n',
  ),
  { kind: 'link', path: 'etc/distribution/config.yml', mode: 0o777, to: '../docker/registry/config.yml' },
];

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function described(version: string, layers: readonly Layer[]) {
  const labels = {
    'org.opencontainers.image.title': 'coppice',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const platform = { os: 'linux', architecture: architectures[process.arch] ?? process.arch };
  const created = new Date(0).toISOString(); // no time of anybody's clock: equal input, equal digest
  const config = {
    ...{ created, ...platform },
    config: {
      User: `${nonroot}:${nonroot}`,
      ExposedPorts: { '5000/tcp': {} },
      Env: ['PATH=/usr/local/bin'],
      Entrypoint: ['/usr/local/bin/coppice'],
      Cmd: ['serve', '/etc/distribution/config.yml'],
      WorkingDir: '/',
      Labels: labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ says }) => ({ created, created_by: `hack/image: ${says}` })),
  };
  return { config: jsonBlob(config), annotations: labels, platform };
}
