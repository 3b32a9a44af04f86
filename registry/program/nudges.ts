import { Agent, type ClientRequest, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { LifeId } from '../../core/window/identity.ts';
import type { MemberStore } from '../records/members.ts';
import type { Log } from '../window/ports.ts';

const timeoutMs = 500;
const mostAtOnce = 64;
/** To each life, and then one more where the last word still waits for its answer. */
const connections = { keepAlive: true, maxFreeSockets: 2 } as const;

export interface NudgePorts {
  readonly members: Pick<MemberStore, 'list' | 'read'>;
  readonly log: Log;
}

/**
 * Tells every other life that the gate has moved. A word that is lost costs the time to its next poll, never safety, so nothing here rejects and nobody
 * waits for it longer than half a second. Clients wait while a window stands: who was told before is told over the same connection, before the members are
 * listed again.
 */
export class Nudges {
  readonly #ports: NudgePorts;
  readonly #own: string | undefined;
  readonly #signal: AbortSignal;
  /** Lives, and where they are told; `undefined`: nowhere. A life never changes this, but for leaving, and then nobody answers there. */
  readonly #known = new Map<LifeId, string | undefined>();
  readonly #plain = new Agent(connections);
  // A number that the storage tells anybody is all that is sent, and no answer is believed: whose certificate it is does not matter.
  readonly #secure = new SecureAgent({ ...connections, rejectUnauthorized: false });

  /** `own`: where this process is told itself. Once `signal` is aborted nobody is told any more. */
  constructor(ports: NudgePorts, own: string | undefined, signal: AbortSignal) {
    this.#ports = ports;
    this.#own = own;
    this.#signal = signal;
    const close = (): void => {
      this.#plain.destroy();
      this.#secure.destroy();
    };
    signal.addEventListener('abort', close, { once: true });
  }

  async tell(epoch: number): Promise<void> {
    const told = new Set<string>();
    await Promise.all([this.#tellKnown(epoch, told), this.#tellNew(epoch, told)]);
  }

  async #tellNew(epoch: number, told: Set<string>): Promise<void> {
    try {
      await this.#learn();
      await this.#tellKnown(epoch, told);
    } catch (error) {
      if (!this.#signal.aborted) this.#ports.log.warn({ err: error }, 'could not nudge the other lives');
    }
  }

  async #learn(): Promise<void> {
    const { members } = this.#ports;
    const lives = new Set(await members.list(this.#signal));
    for (const life of this.#known.keys()) if (!lives.has(life)) this.#known.delete(life);
    const unknown = [...lives].filter((life) => !this.#known.has(life));
    for (const found of await Promise.all(unknown.map(async (life) => members.read(life, this.#signal)))) {
      if (found === undefined) continue;
      const { life, nudge, left } = found.record;
      const isTold = nudge !== undefined && nudge !== this.#own && !left && isNudgeUrl(nudge);
      this.#known.set(life, isTold ? nudge : undefined);
    }
  }

  /** Each place once, however many lives are told there. */
  async #tellKnown(epoch: number, told: Set<string>): Promise<void> {
    const telling: Promise<void>[] = [];
    for (const [life, url] of this.#known) {
      if (url === undefined || told.has(url) || told.size >= mostAtOnce) continue;
      told.add(url);
      telling.push(this.#tellOne(life, url, epoch));
    }
    await Promise.all(telling);
  }

  async #tellOne(life: LifeId, url: string, epoch: number): Promise<void> {
    if (!(await this.#post(url, epoch))) this.#known.delete(life); // it may have left
  }

  /** Whether the other has answered in time, in whatever way. */
  #post(url: string, epoch: number): Promise<boolean> {
    const body = JSON.stringify({ epoch });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve) => {
      let hasAnswered = false;
      const sent = this.#request(url, headers);
      sent.on('response', (response) => {
        hasAnswered = true;
        response.resume();
      });
      sent.on('error', () => undefined); // `close` follows
      sent.on('close', () => {
        resolve(hasAnswered);
      });
      sent.end(body);
    });
  }

  #request(url: string, headers: Readonly<Record<string, string | number>>): ClientRequest {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(timeoutMs)]);
    return url.startsWith('https:')
      ? secureRequest(url, { method: 'POST', headers, signal, agent: this.#secure })
      : request(url, { method: 'POST', headers, signal, agent: this.#plain });
  }
}

/** Records are written by other processes: only an URL of the admin API is asked, whatever else stands there. */
function isNudgeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, username, search } = new URL(text);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb && pathname === '/coppice/v1/nudge' && username === '' && search === '';
}
