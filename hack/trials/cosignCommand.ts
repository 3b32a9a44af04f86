import { type Printed, printed } from '../peers/tools.ts';
import type { Stage } from './trial.ts';

/** Where signatures are kept: in manifests that refer to the image, or below tags that are named by its digest. */
export type Keeping = 'bundle' | 'tag';

/** `cosign` at a door. Arguments that begin with `@` are references there. */
export class CosignCommand {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** With `signatures`, what belongs to an image is kept in that repository. What it prints for programs, then what it tells people. */
  async run(args: readonly string[], signatures?: string): Promise<string> {
    const { home, door, signal } = this.#stage;
    const { host, ca } = door;
    const elsewhere = signatures !== undefined && { COSIGN_REPOSITORY: `${host}/${signatures}` };
    const words = args.map((one) => (one.startsWith('@') ? `${host}/${one.slice(1)}` : one));
    const variables = { COSIGN_PASSWORD: '', ...elsewhere };
    const { stdout, stderr }: Printed = await printed('cosign', words, { home, ca, variables, signal });
    return `${stdout}\n${stderr}`;
  }

  /** What speaks to a registry. */
  async on(verb: readonly string[], args: readonly string[], signatures?: string): Promise<string> {
    const plain = this.#stage.door.ca === undefined ? ['--allow-http-registry'] : [];
    return this.run([...verb, ...plain, ...args], signatures);
  }

  async sign(as: Keeping, image: string, note: string, signatures?: string): Promise<string> {
    return this.on(['sign', ...unlogged, ...words(as)], ['--annotations', `note=${note}`, image], signatures);
  }

  async attest(as: Keeping, image: string, predicate: string): Promise<string> {
    return this.on(['attest', ...unlogged, ...words(as)], ['--predicate', predicate, image]);
  }

  /** Signature and attestation; rejects where one is missing or another's. */
  async verify(as: Keeping, image: string): Promise<string> {
    for (const verb of ['verify', 'verify-attestation'])
      await this.on([verb, '--key', 'cosign.pub', '--insecure-ignore-tlog', ...words(as)], [image]);
    return 'both are good';
  }
}

/** Nobody but the registry hears of it. */
const unlogged = ['--key', 'cosign.key', '--tlog-upload=false', '--use-signing-config=false', '--yes'];

function words(as: Keeping): readonly string[] {
  return as === 'tag' ? ['--new-bundle-format=false'] : [];
}
