import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/oci/digest.ts';
import { logIn } from '../peers/session.ts';
import { CosignCommand } from './cosignCommand.ts';
import { craneSteps } from './crane.ts';
import type { HeldPush } from './hold.ts';
import { saying } from './row.ts';
import type { Client, Stage, Step } from './trial.ts';

const image = 'cosign/app:1.0.0';
const tagged = 'cosign/tagged:1.0.0';
/** It asks three times. */
const refusal = /UNAVAILABLE: what this names is being removed; try again in a moment/;

/** Signs with a key of its own. */
export const cosign: Client = {
  name: 'cosign',
  tools: ['cosign', 'crane'],
  begin: async (stage) => {
    const command = new CosignCommand(stage);
    await logIn(async (...args) => command.run(args), stage.door, 'login');
    await command.run(['generate-key-pair']);
    await writeFile(join(stage.home, 'statement.json'), '{"builder":"nobody"}');
    return {
      steps: [
        ...imageSteps(stage, command),
        ...bundleSteps(stage, command),
        ...tagSteps(stage, command),
        ...(await craneSteps(stage, tagged)),
      ],
      pushes: heldPushes(stage, command),
      afterwards: [],
      end: async () => Promise.resolve(),
    };
  },
};

function imageSteps({ sources, witness }: Stage, command: CosignCommand): readonly Step[] {
  return [
    {
      name: 'copies an image',
      take: async () => {
        for (const to of [image, tagged]) {
          await command.on(['copy'], [`@${sources.before}`, `@${to}`]);
          await witness.whole(to);
        }
        return 'whole';
      },
    },
    {
      name: 'uploads a file',
      take: async () => {
        await command.on(['upload', 'blob'], ['-f', 'statement.json', '@cosign/file:1.0.0']);
        await witness.whole('cosign/file:1.0.0');
        return 'whole';
      },
    },
  ];
}

/** As it signs by default: manifests without a tag, which name the image as their subject. */
function bundleSteps({ digest, witness }: Stage, command: CosignCommand): readonly Step[] {
  const referrers = async (): Promise<readonly Digest[]> => witness.referrers('cosign/app', digest);
  return [
    {
      name: 'signs and attests: bundles that refer',
      take: async () => {
        await command.sign('bundle', `@cosign/app@${digest}`, 'one');
        await command.attest('bundle', `@cosign/app@${digest}`, 'statement.json');
        return counted(await referrers(), 2);
      },
    },
    { name: 'verifies the bundles', take: async () => command.verify('bundle', `@${image}`) },
    {
      name: 'tree names the bundles',
      take: async () => saying(await command.on(['tree'], [`@${image}`]), ...(await referrers())),
    },
    {
      name: 'cleans the bundles away',
      take: async () => {
        await command.on(['clean', '--force'], [`@${image}`]);
        return counted(await referrers(), 0);
      },
    },
  ];
}

function counted(referrers: readonly Digest[], count: number): string {
  if (referrers.length !== count) throw new Error(`${referrers.length} manifests refer to it, not ${count}`);
  return `${count} manifests refer to it`;
}

/** As it signed before: images of their own, whose tags are made of the digest. */
function tagSteps({ digest, witness }: Stage, command: CosignCommand): readonly Step[] {
  const tags = ['.sig', '.att'].map((kind) => `${digest.replace(':', '-')}${kind}`);
  return [
    {
      name: 'signs and attests: tags .sig and .att',
      take: async () => {
        await command.sign('tag', `@cosign/tagged@${digest}`, 'one');
        await command.attest('tag', `@cosign/tagged@${digest}`, 'statement.json');
        for (const tag of tags) await witness.whole(`cosign/tagged:${tag}`);
        return 'whole';
      },
    },
    { name: 'verifies the tags', take: async () => command.verify('tag', `@${tagged}`) },
    {
      name: 'triangulate and tree name the tags',
      take: async () => {
        saying(await command.on(['triangulate'], [`@${tagged}`]), ...tags.slice(0, 1));
        return saying(await command.on(['tree'], [`@${tagged}`]), ...tags);
      },
    },
    {
      name: 'saves and loads an image with its signatures',
      take: async () => {
        await command.on(['save'], ['--dir', 'saved', `@${tagged}`]);
        await command.on(['load'], ['--dir', 'saved', '@cosign/loaded:1.0.0']);
        await witness.whole('cosign/loaded:1.0.0');
        return command.verify('tag', '@cosign/loaded:1.0.0');
      },
    },
    {
      name: 'copies an image with its signatures',
      take: async () => {
        await command.on(['copy'], [`@${tagged}`, '@cosign/copied:1.0.0']);
        await witness.whole('cosign/copied:1.0.0');
        return command.verify('tag', '@cosign/copied:1.0.0');
      },
    },
    {
      name: 'cleans the tags away',
      take: async () => {
        await command.on(['clean', '--force'], [`@${tagged}`]);
        for (const tag of tags) await witness.absent(`cosign/tagged:${tag}`);
        await witness.whole(tagged);
        return 'gone; the image is not';
      },
    },
  ];
}

function heldPushes({ sources, digest, witness }: Stage, command: CosignCommand): readonly HeldPush[] {
  const signature = `held/signatures:${digest.replace(':', '-')}.sig`;
  return [
    {
      name: 'copies to a held tag',
      push: async (when) => command.on(['copy', '--force'], [`@${sources[when]}`, '@held/app:1.0.0']),
      arrived: async () => witness.whole('held/app:1.0.0'),
      waits: true,
      givesUp: { 'lapses after 30 s': refusal },
    },
    {
      name: 'signs to a held tag .sig',
      push: async (when) => command.sign('tag', `@source/app@${digest}`, when, 'held/signatures'),
      arrived: async () => witness.whole(signature),
      waits: true,
      givesUp: { 'lapses after 30 s': refusal },
    },
    {
      name: 'signs beside a held tag: a bundle',
      push: async (when) => {
        if (when === 'before') await command.on(['copy'], [`@${sources.before}`, '@held/signed:1.0.0']);
        else await command.sign('bundle', `@held/signed@${digest}`, 'one');
      },
      arrived: async () => counted(await witness.referrers('held/signed', digest), 1),
      waits: false, // it names the image by its digest, which this window does not remove
    },
  ];
}
