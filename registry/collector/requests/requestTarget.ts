import type { Digest } from '../../../core/oci/digest.ts';
import { digestToken, tagToken, type Token } from '../../../core/window/token.ts';
import type { DeletionRequest } from '../../records/requests.ts';
import { layout } from '../../storage/layout.ts';
import { pause } from '../../window/waiting.ts';
import type { RunPorts } from '../run/ports.ts';
import { readTag, type StandingTag, tagsNaming } from '../sweep/standingTags.ts';

/** What a request would remove, as the storage stands at this moment. */
export type Found =
  | {
      readonly is: 'tag' | 'manifest';
      readonly digest: Digest;
      readonly tags: readonly StandingTag[];
      readonly group: readonly Digest[];
    }
  | { readonly is: 'layer'; readonly digest: Digest };

export type Target =
  | Found
  | { readonly is: 'absent' }
  /** Not told in a moment: to be found out while nothing is held. */
  | { readonly is: 'unknown' };

type TagTarget = Extract<DeletionRequest['target'], { readonly kind: 'tag' }>;

/** How long clients may wait for another look at one target, ms. */
const briefLookMs = 100;

class TakesLong extends Error {}

/** Reads off the storage what requests mean. */
export class TargetLook {
  readonly #ports: Pick<RunPorts, 'driver' | 'referrers' | 'timers'>;

  constructor(ports: Pick<RunPorts, 'driver' | 'referrers' | 'timers'>) {
    this.#ports = ports;
  }

  async look({ target }: DeletionRequest, signal: AbortSignal): Promise<Target> {
    const { driver, referrers } = this.#ports;
    const { repository } = target;
    switch (target.kind) {
      case 'tag': {
        const tag = await readTag(driver, repository, target.tag, signal);
        if (tag === undefined || !(await this.#isMeant(target, tag, signal))) return { is: 'absent' };
        const along = await referrers.along(repository, tag.digest, signal);
        return { is: 'tag', digest: tag.digest, tags: [tag], group: [tag.digest, ...along] };
      }
      case 'manifest': {
        const { digest } = target;
        if (target.ifWithoutBytes === true && (await driver.stat(layout.blob(digest), signal)) !== undefined)
          return { is: 'absent' };
        const link = await driver.stat(layout.revisionLink(repository, digest), signal);
        const tags = await tagsNaming(driver, repository, digest, signal);
        if (link === undefined && tags.length === 0) return { is: 'absent' };
        const group = [digest, ...(await referrers.along(repository, digest, signal))];
        return { is: 'manifest', digest, tags, group };
      }
      case 'blob': {
        const link = await driver.stat(layout.layerLink(repository, target.digest), signal);
        return link === undefined ? { is: 'absent' } : { is: 'layer', digest: target.digest };
      }
    }
  }

  /** A repair means a tag only as long as nothing stands under it: one that was pushed again meanwhile is whole (D2). */
  async #isMeant(
    { repository, ifDangling }: TagTarget,
    { digest }: StandingTag,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (ifDangling === undefined) return true;
    if (ifDangling !== digest) return false;
    const { driver } = this.#ports;
    const link = await driver.stat(layout.revisionLink(repository, digest), signal);
    const data = await driver.stat(layout.blob(digest), signal);
    return link === undefined || data === undefined;
  }

  /** The same within a moment, or not at all: in a large repository it may take seconds. */
  async lookBriefly(request: DeletionRequest, given: AbortSignal): Promise<Target> {
    const limit = new AbortController();
    const signal = AbortSignal.any([given, limit.signal]);
    const takesLong = new TakesLong();
    const patience = pause(this.#ports.timers, briefLookMs, signal);
    patience.then(
      () => {
        limit.abort(takesLong);
      },
      () => undefined, // it is over, or all is
    );
    try {
      return await this.look(request, signal);
    } catch (error) {
      if (error !== takesLong) throw error;
      return { is: 'unknown' };
    } finally {
      limit.abort();
    }
  }

  /** D3, after the acknowledgements: a push that names this digest now waits, and one that was faster is seen here. */
  referrersOf({ target }: DeletionRequest, found: Target, signal: AbortSignal): Promise<readonly Digest[]> {
    if (found.is !== 'manifest' && found.is !== 'layer') return Promise.resolve([]);
    const isWithoutBytes = target.kind === 'manifest' && target.ifWithoutBytes === true;
    if (isWithoutBytes) return Promise.resolve([]); // nothing that refers to it gets worse
    return this.#ports.referrers.of(target.repository, found.digest, signal);
  }
}

export function tokensOf({ target: { repository } }: DeletionRequest, target: Target): readonly Token[] {
  switch (target.is) {
    case 'unknown':
    case 'absent':
      return [];
    case 'tag':
      return target.tags.map(({ tag }) => tagToken(repository, tag));
    case 'manifest':
      return [digestToken(target.digest), ...target.tags.map(({ tag }) => tagToken(repository, tag))];
    case 'layer':
      return [digestToken(target.digest)];
  }
}

/** Whatever a commit names that would let another look see something else. */
export function lookedAt({ target }: DeletionRequest, found: Target): readonly Token[] {
  const named = [target.kind === 'tag' ? tagToken(target.repository, target.tag) : digestToken(target.digest)];
  if (found.is !== 'tag' && found.is !== 'manifest') return named;
  return [...named, ...found.tags.map(({ tag }) => tagToken(target.repository, tag)), ...found.group.map(digestToken)];
}

export function tombstonesOf(target: Target): readonly Token[] {
  return target.is === 'tag' || target.is === 'manifest' ? target.group.map(digestToken) : [];
}
