import type { Access, Asked, Verdict } from './access.ts';

/** Pulls need nobody's name (`coppice.anonymousPull`). Whoever does say a name is asked for the proof, and may do what it may. */
export class AnonymousPull implements Access {
  readonly #known: Access;
  readonly #openBase: boolean;

  /**
   * `openBase`: whether `/v2/` answers those without a name. Docker asks there how to authenticate. With passwords it gives up where it has none, and so could
   * not pull; with tokens it fetches one for nobody, and needs to be told where.
   */
  constructor(known: Access, openBase: boolean) {
    this.#known = known;
    this.#openBase = openBase;
  }

  async judge(asked: Asked): Promise<Verdict> {
    const { authorization, needed } = asked;
    const verdict = await this.#known.judge(asked);
    if (authorization !== undefined || verdict.is !== 'unauthenticated') return verdict;
    const isPull = needed.every(({ action }) => action === 'pull') && (needed.length > 0 || this.#openBase);
    if (!isPull) return verdict;
    return { is: 'allowed', user: '', mayPull: () => true, invitation: verdict.challenge };
  }
}
