import { beginBuildkit } from './buildkitd.ts';
import { BuildctlCommand } from './buildctlCommand.ts';
import { craneSteps } from './crane.ts';
import type { HeldPush } from './hold.ts';
import { saying } from './row.ts';
import type { Client, Stage, Step } from './trial.ts';

const oci = 'application/vnd.oci.image';
const docker = 'application/vnd.docker';

/** What it pushes of one image, with the media types of the manifest and of what that names. */
const forms = [
  {
    name: 'OCI media types',
    tag: 'oci',
    output: 'oci-mediatypes=true',
    types: [`${oci}.manifest.v1+json`, `${oci}.config.v1+json`, `${oci}.layer.v1.tar+gzip`],
  },
  {
    name: "Docker's media types",
    tag: 'docker',
    output: 'oci-mediatypes=false',
    types: [
      `${docker}.distribution.manifest.v2+json`,
      `${docker}.container.image.v1+json`,
      `${docker}.image.rootfs.diff.tar.gzip`,
    ],
  },
  {
    name: 'layers of zstd',
    tag: 'zstd',
    output: 'oci-mediatypes=true,compression=zstd,force-compression=true',
    types: [`${oci}.manifest.v1+json`, `${oci}.config.v1+json`, `${oci}.layer.v1.tar+zstd`],
  },
] as const;
type Form = (typeof forms)[number];

/** Where it keeps what a build need not do again. */
const caches = [
  {
    name: 'an image',
    ref: 'buildkit/cache:image',
    more: 'image-manifest=true',
    types: [`${oci}.manifest.v1+json`, 'application/vnd.buildkit.cacheconfig.v0', `${oci}.layer.v1.tar+gzip`],
  },
  {
    name: 'an index of layers',
    ref: 'buildkit/cache:index',
    more: 'image-manifest=false',
    types: [`${oci}.index.v1+json`, `${oci}.layer.v1.tar+gzip`, 'application/vnd.buildkit.cacheconfig.v0'],
  },
] as const;
type Cache = (typeof caches)[number];

/** It asks five times. */
const refusal = /toomanyrequests: what this names is being removed; try again in a moment/;

/** Builds images from nothing, by its own Dockerfile frontend: nothing is fetched but from the registry. */
export const buildkit: Client = {
  name: 'buildkit',
  tools: ['buildkitd', 'buildctl', 'runc', 'crane'],
  begin: async (stage) => {
    const daemon = await beginBuildkit(stage);
    try {
      const command = await BuildctlCommand.begin(stage, daemon);
      const imports = caches.map((cache) => importStep(command, cache));
      return {
        steps: [
          ...forms.map((form) => pushStep(stage, command, form)),
          provenanceStep(stage, command),
          ...forms.map((form) => pullStep(command, form)),
          ...caches.map((cache) => exportStep(stage, command, cache)),
          ...imports,
          ...(await craneSteps(stage, 'buildkit/app:oci')),
        ],
        pushes: heldPushes(stage, command),
        afterwards: imports,
        end: async () => daemon.end(),
      };
    } catch (error) {
      await daemon.end();
      throw error;
    }
  },
};

/** The output of a build, pushed. */
function pushed(command: BuildctlCommand, reference: string, how: string): readonly string[] {
  return ['--output', `type=image,name=${command.named(reference)},push=true,${how}`];
}

function pushStep({ witness }: Stage, command: BuildctlCommand, { name, tag, output, types }: Form): Step {
  return {
    name: `builds and pushes: ${name}`,
    take: async () => {
      await command.build(tag, ...pushed(command, `buildkit/app:${tag}`, output));
      await witness.whole(`buildkit/app:${tag}`);
      return saying(await typesOf(witness, `buildkit/app:${tag}`), ...types);
    },
  };
}

/** An index of the image and of a statement about it that no platform runs. */
function provenanceStep({ witness }: Stage, command: BuildctlCommand): Step {
  const image = 'buildkit/app:provenance';
  return {
    name: 'builds and pushes: provenance',
    take: async () => {
      const provenance = ['--opt', 'attest:provenance=mode=max'];
      await command.build('provenance', ...provenance, ...pushed(command, image, 'oci-mediatypes=true'));
      await witness.whole(image);
      return saying(await typesOf(witness, image), `${oci}.index.v1+json`, `${oci}.manifest.v1+json`);
    },
  };
}

function pullStep(command: BuildctlCommand, { name, tag }: Form): Step {
  return {
    name: `builds on what it pushed: ${name}`,
    take: async () => {
      await command.forget();
      const content = await command.fetched(`buildkit/app:${tag}`);
      if (content !== tag) throw new Error(`its file says ${content}`);
      return 'the same file';
    },
  };
}

function exportStep({ witness }: Stage, command: BuildctlCommand, { name, ref, more, types }: Cache): Step {
  return {
    name: `exports a cache: ${name}`,
    take: async () => {
      await command.build(ref, '--export-cache', `type=registry,ref=${command.named(ref)},mode=max,${more}`);
      return saying(await typesOf(witness, ref), ...types);
    },
  };
}

function importStep(command: BuildctlCommand, { name, ref }: Cache): Step {
  return {
    name: `imports a cache: ${name}`,
    take: async () => {
      await command.forget();
      const cached = ['--import-cache', `type=registry,ref=${command.named(ref)}`];
      const told = await command.build(
        ref,
        ...cached,
        ...pushed(command, 'buildkit/cached:1.0.0', 'oci-mediatypes=true'),
      );
      saying(told, 'CACHED');
      const content = await command.fetched('buildkit/cached:1.0.0');
      if (content !== ref) throw new Error(`its file says ${content}`);
      return 'builds nothing again';
    },
  };
}

function heldPushes({ witness }: Stage, command: BuildctlCommand): readonly HeldPush[] {
  const image = 'held/app:1.0.0';
  const cache = 'held/cache:1.0.0';
  return [
    {
      name: 'pushes to a held tag',
      push: async (when) => command.build(when, ...pushed(command, image, 'oci-mediatypes=true')),
      arrived: async () => witness.whole(image),
      waits: true,
      givesUp: { 'lapses after 30 s': refusal },
    },
    {
      name: 'exports a cache to a held tag',
      push: async (when) =>
        command.build(`cache ${when}`, '--export-cache', `type=registry,ref=${command.named(cache)},mode=max`),
      arrived: async () => witness.whole(cache),
      waits: true,
      givesUp: { 'lapses after 30 s': refusal },
    },
  ];
}

async function typesOf(witness: Stage['witness'], reference: string): Promise<string> {
  const { mediaType, below } = await witness.shape(reference);
  return [mediaType, ...below].join(' ');
}
