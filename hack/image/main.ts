/** `node hack/image/main.ts [-o FILE.tar]`: the image of both programs as an OCI layout, from this checkout alone. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildImage } from './image.ts';

const help = `node hack/image/main.ts [-o FILE.tar]

Builds the container image of coppice without a base image, a container engine or a network: Node and its shared libraries from this machine (Linux with
glibc), the dependencies and the compiled sources from this checkout, after npm ci. Equal input gives an equal digest.

  -o, --output FILE   where the OCI layout goes (default: coppice-image.tar)
  -h, --help

  skopeo copy oci-archive:coppice-image.tar docker://registry.example.com/coppice:0.1.0
  podman load -i coppice-image.tar
  ctr -n k8s.io images import coppice-image.tar`;

const { output, help: asked } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'coppice-image.tar' },
    help: { type: 'boolean', short: 'h', default: false },
  },
}).values;

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort(new Error('cancelled'));
});
const checkout = fileURLToPath(new URL('../..', import.meta.url));

if (asked) console.log(help);
else {
  try {
    const { name, digest, layers } = await buildImage(checkout, output, controller.signal);
    for (const { says, sizeBytes } of layers) console.log(`${(sizeBytes / 1e6).toFixed(1).padStart(7)} MB  ${says}`);
    console.log(`${output}: ${name} ${digest}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
