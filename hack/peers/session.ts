import type { ToolName } from '../tools/catalogue.ts';
import type { Door } from './door.ts';
import { clientTrusting } from './tools.ts';

/** What people do with a client. References are `repository:tag`, without the registry's name. */
export interface Session {
  /** Fetches an image, for later pushes. Helm: a chart. */
  readonly pull: (from: string) => Promise<unknown>;
  /** Pushes what was pulled. Helm: a chart of its own. */
  readonly push: (to: string) => Promise<unknown>;
  /** What it prints of the tags of a repository. */
  readonly list?: (repository: string) => Promise<string>;
  /** A tag, or what it names: clients differ. */
  readonly remove?: (reference: string) => Promise<unknown>;
  /** Ends what the client needs running. */
  readonly end?: () => Promise<unknown>;
}

export interface Client {
  readonly name: string;
  readonly tools: readonly ToolName[];
  /** Whether what it pushes is what it pulled, bit by bit and all platforms; or a platform of it; or a chart. */
  readonly pushes: 'the same' | 'the same with referrers' | 'its own' | 'a chart';
  /** Logs in where the door needs that. `home` is a directory for this session alone. */
  readonly begin: (door: Door, home: string, signal: AbortSignal) => Promise<Session>;
}

export type Run = (...args: readonly string[]) => Promise<string>;

export function runner(tool: ToolName, { ca }: Door, home: string): Run {
  return async (...args) => clientTrusting(ca, tool, home, args);
}

/** `-u … -p … HOST` after the client's own words for logging in. */
export async function logIn(run: Run, { user, host }: Door, ...words: readonly string[]): Promise<void> {
  if (user !== undefined) await run(...words, '-u', user.name, '-p', user.password, host);
}
