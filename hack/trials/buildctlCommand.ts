import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../peers/daemons.ts';
import { printed } from '../peers/tools.ts';
import type { Stage } from './trial.ts';

/** `buildctl` at a door. */
export class BuildctlCommand {
  readonly #stage: Stage;
  readonly #address: string;

  /** It has no way to log in of its own: it reads what docker wrote. */
  static async begin(stage: Stage, { address }: Daemon): Promise<BuildctlCommand> {
    const { door, home } = stage;
    const { host, user } = door;
    const auths = user && { [host]: { auth: Buffer.from(`${user.name}:${user.password}`).toString('base64') } };
    await mkdir(join(home, '.docker'));
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ auths: auths ?? {} }));
    return new BuildctlCommand(stage, address);
  }

  private constructor(stage: Stage, address: string) {
    this.#stage = stage;
    this.#address = address;
  }

  /** As the registry's host has it. */
  named(reference: string): string {
    return `${this.#stage.door.host}/${reference}`;
  }

  /** A file `content` in an image of nothing else. What it told of its steps. */
  async build(content: string, ...args: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(this.#stage.home, 'context-'));
    await writeFile(join(folder, 'content'), content);
    return this.#build(folder, 'FROM scratch\nCOPY content /content\n', args);
  }

  /** The file `content` of an image of the registry, on which it builds. */
  async fetched(from: string): Promise<string> {
    const folder = await mkdtemp(join(this.#stage.home, 'context-'));
    const output = ['--output', `type=local,dest=${join(folder, 'fetched')}`];
    await this.#build(folder, `FROM ${this.named(from)}\n`, output);
    return readFile(join(folder, 'fetched', 'content'), 'utf8');
  }

  /** What was built or fetched so far it has no more. */
  async forget(): Promise<void> {
    await this.#run('prune', '--all');
  }

  async #build(folder: string, dockerfile: string, args: readonly string[]): Promise<string> {
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    const from = ['--local', `context=${folder}`, '--local', `dockerfile=${folder}`];
    return this.#run('build', '--progress', 'plain', '--frontend', 'dockerfile.v0', ...from, ...args);
  }

  async #run(...args: readonly string[]): Promise<string> {
    const { home, door, signal } = this.#stage;
    const { ca } = door;
    const { stdout, stderr } = await printed('buildctl', ['--addr', this.#address, ...args], { home, ca, signal });
    return `${stdout}\n${stderr}`;
  }
}
