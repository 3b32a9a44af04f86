/** One line of the table: a client, a door, a step, and what came of it. */
export interface Row {
  readonly client: string;
  readonly variant: string;
  readonly step: string;
  readonly isWell: boolean;
  readonly saw: string;
}

export type Seen = Omit<Row, 'client' | 'variant'>;

/** What came of a step. Rejects only where all was aborted. */
export async function seen(step: string, take: () => Promise<string>, signal: AbortSignal): Promise<Seen> {
  signal.throwIfAborted();
  try {
    return { step, isWell: true, saw: await take() };
  } catch (error) {
    signal.throwIfAborted();
    return { step, isWell: false, saw: wordsOf(error) };
  }
}

/** Of a program that failed what it told people: the message has its command line before that. */
export function wordsOf(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: unknown; readonly message?: unknown };
  if (typeof stderr === 'string' && stderr.trim() !== '') return stderr.trim();
  return typeof message === 'string' ? message : String(error);
}

/** Throws where one of these was not printed. */
export function saying(printed: string, ...words: readonly string[]): string {
  const missing = words.filter((one) => !printed.includes(one));
  if (missing.length > 0) throw new Error(`does not say ${missing.join(', ')}, but: ${printed}`);
  return words.length === 1 ? 'names it' : `names all ${words.length}`;
}

const widths = { client: 8, variant: 12, step: 52 } as const;

export function lineOf({ client, variant, step, isWell, saw }: Row): string {
  const columns = [client.padEnd(widths.client), variant.padEnd(widths.variant), step.padEnd(widths.step)];
  return [...columns, isWell ? 'ok  ' : 'FAIL', saw].join(' ');
}
