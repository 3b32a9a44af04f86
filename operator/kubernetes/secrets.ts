import type { ObjectKey } from '../resources/home.ts';
import { fieldIn } from '../api/document.ts';
import { namespacedPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** One value of one Secret, by a GET of that Secret alone; `undefined`: there is none. It is in no error and no log. */
export async function readSecret(
  { namespace, name }: ObjectKey,
  key: string,
  transport: Pick<Transport, 'ask'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `${namespacedPath('/api/v1', 'secrets', namespace)({})}/${encodeURIComponent(name)}`;
  const answer = await transport.ask({ verb: 'get', path }, signal);
  const value = answer.is === 'done' ? fieldIn(fieldIn(answer.body, 'data'), key) : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : undefined;
}
