import { parseArgs } from 'node:util';
import { Mistake } from '../../hack/seeds/options.ts';

export type Tell = (line: string) => void;

/**
 * A benchmark from its command line to its exit code: 0 measured, 1 failed or not as promised, 2 a mistake in the command, 130 interrupted. What `measure`
 * has begun it ends itself, also after Ctrl-C, which aborts the signal. Progress goes to stderr. `defaults` names the options; `-o` is `--output`.
 */
export async function benchmark<K extends string>(
  help: string,
  defaults: Readonly<Record<K, string>>,
  measure: (values: Readonly<Record<K, string>>, tell: Tell, signal: AbortSignal) => Promise<'asPromised' | 'broken'>,
): Promise<void> {
  const { signal, abort } = interruptible();
  const began = performance.now();
  const tell = (line: string): void => {
    console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  };
  process.once('SIGINT', abort);
  try {
    const values = read(defaults);
    if (values === 'help') console.log(help);
    else if ((await measure(values, tell, signal)) === 'broken') process.exitCode = 1;
  } catch (error) {
    const isExpected = signal.aborted || error instanceof Mistake;
    process.exitCode = signal.aborted ? 130 : error instanceof Mistake ? 2 : 1;
    console.error(isExpected ? messageOf(error) : error);
  } finally {
    process.removeListener('SIGINT', abort);
  }
}

function interruptible(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new Error('interrupted'));
  };
  return { signal: controller.signal, abort };
}

function read<K extends string>(defaults: Readonly<Record<K, string>>): Record<K, string> | 'help' {
  const options = Object.fromEntries(
    Object.entries<string>(defaults).map(([name, value]) => [
      name,
      { type: 'string' as const, default: value, ...(name === 'output' && { short: 'o' }) },
    ]),
  );
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) return 'help';
    return values as Record<K, string>; // each has a default
  } catch (error) {
    throw new Mistake(`${messageOf(error)} (--help shows what there is)`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
