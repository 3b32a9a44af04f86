import { setTimeout as pause } from 'node:timers/promises';
import { RegistryClient } from '../load/client.ts';
import { imageOf, layer } from '../load/images.ts';
import type { Ledger, Loss } from '../load/ledger.ts';
import { type Mix, Pusher } from '../load/pusher.ts';
import { Random } from '../load/random.ts';
import type { Tally } from '../load/tally.ts';
import type { Contestant } from './contestant.ts';

const retryAfterMs = [100, 200, 400, 800, 1600, 1600, 1600];
const mix: Mix = { index: 12, artifact: 15, retag: 14, mount: 14, remove: 12, removeDigest: 5, undelete: 8 };
const tagsOfEach = 40;

export function clientsOf({ servers }: Contestant, tally: Tally): readonly RegistryClient[] {
  const settings = {
    retryAfterMs,
    pause: async (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }),
    onGivenUp: (method: string, status: number) => {
      tally.count('given up', `${method} ${status === 0 ? 'without an answer' : status}`);
    },
  };
  return servers.map(({ api }) => new RegistryClient(api, settings));
}

/** Clients that do everything that clients do, each in repositories of its own; blobs they share. */
export function pushersOf(
  contestant: Contestant,
  clients: readonly RegistryClient[],
  about: { readonly seed: string; readonly count: number; readonly ledger: Ledger; readonly tally: Tally },
): readonly Pusher[] {
  const { undelete } = contestant;
  return Array.from({ length: about.count }, (_, number) => {
    return new Pusher({
      name: `pusher-${number}`,
      repositories: [`soak/app-${number}`, `soak/other-${number}`],
      replicas: clients,
      ledger: about.ledger,
      random: new Random(`${about.seed} pusher ${number}`),
      layerBytes: 2000,
      restMs: 20,
      mix,
      tagOf: (tag) => `t-${tag % tagsOfEach}`,
      tally: about.tally,
      ...(undelete && { undelete }),
    });
  });
}

/** Pulls a tag after the other, drawn by chance, from any server, while others write them. */
export async function readTags(
  clients: readonly RegistryClient[],
  ledger: Ledger,
  about: { readonly random: Random; readonly tally: Tally; readonly lost: (loss: Loss) => void },
  signal: AbortSignal,
): Promise<void> {
  const { random, tally, lost } = about;
  for (;;) {
    const { names } = ledger;
    try {
      if (names.length > 0) {
        const { repository, tag } = random.pick(names);
        const loss = await ledger.read(random.pick(clients), repository, tag, signal);
        tally.count('read', loss === undefined ? 'in order' : 'not in order');
        if (loss !== undefined) lost(loss);
      }
      await pause(50, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
}

/** After so many a deletion was tried, and that begins a window beside the pushes of the others. */
const leastFresh = 4;

/**
 * Pushes what shares nothing with anything, and deletes it again a while later: nothing that it touches is ever a candidate, so none of it may be held (W6).
 * However slow the machine is, it goes on until something was deleted.
 */
export async function pushFresh(
  client: RegistryClient,
  name: string,
  tally: Tally,
  { over, signal }: { readonly over: AbortSignal; readonly signal: AbortSignal },
): Promise<void> {
  const repository = `fresh/${name}`;
  for (let number = 0; number < leastFresh || !over.aborted; number += 1) {
    const seed = `fresh ${name} ${number}`;
    const { is } = await client.push(repository, imageOf(seed, [layer(seed, 2000)]), `t-${number}`, signal);
    tally.count('fresh push', is);
    if (number % leastFresh === leastFresh - 1)
      tally.count('fresh delete', await client.remove(repository, `t-${number - leastFresh + 1}`, signal));
  }
}
