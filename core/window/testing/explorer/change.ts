import type { Storage } from './records.ts';
import type { Rule } from './rules.ts';
import type { Executor } from './running.ts';
import type { Client, Replica, World } from './world.ts';
import { must } from './names.ts';

/** Copies with one thing changed: worlds share all that did not change. */

export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function drop<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

export function withStorage(world: World, change: Partial<Storage>): World {
  return { ...world, storage: { ...world.storage, ...change } };
}

export function withReplica(world: World, at: number, change: Partial<Replica>): World {
  return { ...world, replicas: world.replicas.with(at, { ...must(world.replicas[at]), ...change }) };
}

export function withExecutor(world: World, at: number, change: Partial<Executor>): World {
  return { ...world, executors: world.executors.with(at, { ...must(world.executors[at]), ...change }) };
}

export function withClient(world: World, at: number, change: Partial<Client>): World {
  return { ...world, clients: world.clients.with(at, { ...must(world.clients[at]), ...change }) };
}

export function obeys(world: World, rule: Rule): boolean {
  return !world.setting.without.includes(rule);
}
