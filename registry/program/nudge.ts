import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { LifeId } from '../../core/window/identity.ts';
import type { MemberStore } from '../records/members.ts';
import type { Log } from '../window/ports.ts';

const timeoutMs = 500;
const mostAtOnce = 64;

export interface NudgePorts {
  readonly members: Pick<MemberStore, 'list' | 'read'>;
  readonly log: Log;
}

/** The other lives on the storage, as far as a word reaches them. */
export class OtherLives {
  readonly #ports: NudgePorts;
  readonly #own: string | undefined;
  /** Where lives are reached that stood when they were last listed: a record says so from its first writing on. */
  #known: ReadonlyMap<LifeId, string> = new Map();

  /** `own`: what the records of this process say. */
  constructor(ports: NudgePorts, own: string | undefined) {
    this.#ports = ports;
    this.#own = own;
  }

  /**
   * Tells each of them that the gate has moved, and waits until all have answered, having looked. A word that is lost costs the time to its next poll, never
   * safety, so nothing here rejects and nobody waits for it longer than half a second.
   */
  async nudge(epoch: number, signal: AbortSignal): Promise<void> {
    try {
      const urls = new Set(await this.#urls(signal));
      await Promise.all([...urls].slice(0, mostAtOnce).map((url) => post(url, epoch, signal)));
    } catch (error) {
      if (!signal.aborted) this.#ports.log.warn({ err: error }, 'could not nudge the other lives');
    }
  }

  async #urls(signal: AbortSignal): Promise<Iterable<string>> {
    const lives = await this.#ports.members.list(signal);
    const found = await Promise.all(
      lives.map(async (life) => [life, this.#known.get(life) ?? (await this.#read(life, signal))] as const),
    );
    const known = new Map<LifeId, string>();
    for (const [life, url] of found) if (url !== undefined) known.set(life, url);
    this.#known = known;
    return known.values();
  }

  async #read(life: LifeId, signal: AbortSignal): Promise<string | undefined> {
    const { nudge, left = true } = (await this.#ports.members.read(life, signal))?.record ?? {};
    return nudge !== undefined && nudge !== this.#own && !left && isNudgeUrl(nudge) ? nudge : undefined;
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
