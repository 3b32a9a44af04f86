import { withClient } from './change.ts';
import { must, type Name } from './names.ts';
import { receive } from './operation.ts';
import { isManifest, referencesOf, type Setting } from './setting.ts';
import type { Call, Client, Tell, Wish, World } from './world.ts';

export function clientWishing(wishes: readonly Wish[], tries: number): Client {
  return { wishes, calls: [], waiting: false, tries };
}

/** The client's next call goes to the replica at `to`. */
export function callReplica(world: World, at: number, to: number, tell: Tell): World {
  const client = must(world.clients[at]);
  const wish = must(client.wishes[0]);
  const fresh = client.calls.length === 0;
  const calls = fresh ? callsOf(world.setting, wish) : client.calls;
  return receive(withClient(world, at, { calls }), to, at, must(calls[0]), tell);
}

/** A push asks for each blob first, as all clients do, and sends children before parents. */
function callsOf(setting: Setting, wish: Wish): readonly Call[] {
  if (wish.call !== 'push') return [wish];
  return [
    ...referencesOf(setting, wish.digest).flatMap((reference) => before(setting, wish.digest, reference)),
    { ...wish, call: 'put' },
  ];
}

function before(setting: Setting, parent: Name, digest: Name): Call[] {
  if (!isManifest(setting, digest))
    return [{ call: setting.manifests[parent]?.mounts === true ? 'mount' : 'head', digest }];
  return [...referencesOf(setting, digest).flatMap((each) => before(setting, digest, each)), { call: 'put', digest }];
}
