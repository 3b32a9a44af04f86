import { parseArgs } from 'node:util';
import type { Environment } from '../registry/config/variables.ts';
import { type Ending, Failure } from './failure.ts';
import type { OutputFormat, Terminal } from './terminal.ts';

/** What `-o` can ask for; most commands know the first two. */
export type Format = OutputFormat | 'wide' | 'yaml' | 'name';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: true;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly says: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the name. */
  readonly usage: string;
  readonly about?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What its `-o` takes; absent: text or json. Without `-o` it is text. */
  readonly formats?: readonly Format[];
  readonly examples: readonly (readonly [line: string, says: string])[];
  /** Runs until it is told to stop; what it prints is a log. */
  readonly serves?: true;
  run(call: Call): Promise<Ending>;
}

/** What a command may know of the world: everything is read once, in `main.ts`. */
export interface World {
  readonly terminal: Terminal;
  /** Only the variables that are ours, `REGISTRY_*` and `COPPICE_*`, and those in which Kubernetes tells where its API server is. */
  readonly environment: Environment;
  readonly version: string;
  /** Where a configuration is looked for that nobody names, in this order. */
  readonly usualConfigFiles: readonly string[];
  /** Aborted by the first Ctrl-C or SIGTERM; the second ends the process. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly mono: () => number;
  /** Of this process alone. */
  readonly instance: string;
  /** A name that was never used. */
  readonly fresh: () => string;
  readonly random: (count: number) => Uint8Array;
}

/** One call of a command, its arguments parsed. */
export class Call {
  readonly world: World;
  readonly operands: readonly string[];
  readonly format: Format;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(command: Command, args: readonly string[], world: World) {
    this.world = world;
    const { values, positionals } = parsed(command, args);
    this.#values = values;
    this.operands = positionals;
    this.format = this.#format(command.formats ?? ['text', 'json']);
  }

  get output(): OutputFormat {
    return this.format === 'json' ? 'json' : 'text';
  }

  text(option: string): string | undefined {
    const value = this.#values[option];
    return typeof value === 'string' ? value : undefined;
  }

  texts(option: string): readonly string[] {
    const value = this.#values[option];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }

  flag(option: string): boolean {
    return this.#values[option] === true;
  }

  #format(formats: readonly Format[]): Format {
    const asked = this.text('output');
    const format = asked === undefined ? 'text' : formats.find((one) => one === asked);
    if (format !== undefined) return format;
    const names = `${formats.slice(0, -1).join(', ')} or ${formats.at(-1) ?? ''}`;
    throw new Failure('usage', `-o takes ${names}, not ${JSON.stringify(asked)}`);
  }
}

function parsed(command: Command, args: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.entries(command.options).map(([name, { type, short, multiple }]) => [
    name,
    { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
  ]);
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(options) as never, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [says] = error.message.split('. ');
    throw new Failure(
      'usage',
      `${command.name}: ${says ?? ''}; \`coppice ${command.name} --help\` shows what it takes`,
    );
  }
}
