import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { MemberStore } from '../records/members.ts';
import type { Log } from '../window/ports.ts';

const timeoutMs = 500;
const mostAtOnce = 64;

export interface NudgePorts {
  readonly members: Pick<MemberStore, 'list' | 'read'>;
  readonly log: Log;
}

/**
 * Tells every other life that the gate has moved. A word that is lost costs the time to its next poll, never safety, so nothing here rejects and nobody
 * waits for it longer than half a second.
 */
export async function nudgeOthers(
  { members, log }: NudgePorts,
  epoch: number,
  own: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    const lives = await members.list(signal);
    const records = await Promise.all(lives.map(async (life) => (await members.read(life, signal))?.record));
    const urls = new Set<string>();
    for (const record of records) {
      const { nudge, left = true } = record ?? {};
      if (nudge !== undefined && nudge !== own && !left && isNudgeUrl(nudge)) urls.add(nudge);
    }
    await Promise.all([...urls].slice(0, mostAtOnce).map((url) => post(url, epoch, signal)));
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'could not nudge the other lives');
  }
}

/** Records are written by other processes: only an URL of the admin API is asked, whatever else stands there. */
function isNudgeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, username, search } = new URL(text);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb && pathname === '/coppice/v1/nudge' && username === '' && search === '';
}

/** Resolves when the other has answered, in whatever way, or has not in time. */
function post(url: string, epoch: number, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ epoch });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    // A number that the storage tells anybody is all that is sent, and no answer is believed: whose certificate it is does not matter.
    const options = { method: 'POST', headers, signal: limited, agent: false, rejectUnauthorized: false } as const;
    const ask = url.startsWith('https:') ? secureRequest : request;
    const sent = ask(url, options, (response) => {
      response.resume();
    });
    sent.on('error', () => undefined); // `close` follows
    sent.on('close', resolve);
    sent.end(body);
  });
}
