import { coppice } from '../../cli/testing/command.ts';
import { commandsOf, type PageCommand, pageConfiguration } from '../../cli/testing/page.ts';
import type { Variables } from './ownedRegistry.ts';

/** Follows a page of the documentation, command by command, with a user's own configuration where the page has one. */
export class PageWalk {
  readonly #variables: Variables;
  readonly #commands: PageCommand[];

  static async begin(page: URL, configuration: string, variables: Variables): Promise<PageWalk> {
    const commands = (await commandsOf(page)).map(({ args, code }) => ({
      args: args.map((one) => (one === pageConfiguration ? configuration : one)),
      code,
    }));
    return new PageWalk(commands, variables);
  }

  private constructor(commands: PageCommand[], variables: Variables) {
    this.#commands = commands;
    this.#variables = variables;
  }

  /** How many commands are to come. */
  get left(): number {
    return this.#commands.length;
  }

  /** The next command, not run. Throws where the page has none that begins so. */
  next(...begins: readonly string[]): PageCommand {
    const command = this.#commands.shift();
    if (command === undefined || begins.some((one, at) => command.args[at] !== one))
      throw new Error(`the page says ${JSON.stringify(command?.args)}, not ${begins.join(' ')}`);
    return command;
  }

  /** Runs the next command, and answers what it printed. Rejects where it ends otherwise than the page says. */
  async follow(...begins: readonly string[]): Promise<string> {
    return this.type(this.next(...begins));
  }

  /** The same for a command that the page only speaks of. */
  async type({ args, code }: PageCommand): Promise<string> {
    const ended = await coppice(args, this.#variables);
    if (ended.code !== code) throw new Error(`${args.join(' ')}: exit code ${ended.code}\n${ended.out}${ended.err}`);
    return ended.out;
  }
}
