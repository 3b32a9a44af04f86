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
    const told = new Set<string | undefined>([undefined, this.#own]);
    await Promise.all([this.#tellKnown(epoch, told), this.#tellNew(epoch, told)]);
  }

  async #tellNew(epoch: number, told: Set<string | undefined>): Promise<void> {
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
      if (found !== undefined) this.#known.set(found.record.life, nudgeUrlOf(found.record));
    }
  }

  async #tellKnown(epoch: number, told: Set<string | undefined>): Promise<void> {
    const due = [...this.#known].filter(([, url]) => !told.has(url)).slice(0, Math.max(0, mostAtOnce - told.size));
    await Promise.all(
      due.map(async ([life, url]) => {
        if (url === undefined || told.has(url)) return;
        told.add(url);
        if (!(await this.#post(url, epoch))) this.#known.delete(life); // it may have left
      }),
    );
  }

  /** Resolves when the other has answered, in whatever way, or has not in time. */
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
function nudgeUrlOf({ nudge, left }: { readonly nudge?: string; readonly left: boolean }): string | undefined {
  if (nudge === undefined || left || !URL.canParse(nudge)) return undefined;
  const { protocol, pathname, username, search } = new URL(nudge);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb && pathname === '/coppice/v1/nudge' && username === '' && search === '' ? nudge : undefined;
}
