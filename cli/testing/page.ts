import { readFile } from 'node:fs/promises';

/** As the pages have it, for every configuration. */
export const pageConfiguration = '/etc/docker/registry/config.yml';

export interface PageCommand {
  /** What follows `coppice`. */
  readonly args: readonly string[];
  /** The exit code that its comment promises. */
  readonly code: number;
}

/** The commands of a page, those in its fences, in order. */
export async function commandsOf(page: URL): Promise<readonly PageCommand[]> {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block.split('\n').flatMap((line) => {
      const [command = '', comment = ''] = line.split('#');
      const [program, ...args] = command.trim().split(/ +/);
      const [, code = '0'] = /exit code (\d)/.exec(comment) ?? [];
      return program === 'coppice' ? [{ args, code: Number(code) }] : [];
    }),
  );
}
