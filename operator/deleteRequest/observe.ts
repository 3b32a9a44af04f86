import { parseDeleteRequest } from '../../core/resources/deleteRequest.ts';
import type { Parsed } from '../../core/resources/mistake.ts';
import type { DeleteRequestResource } from '../../core/resources/deleteRequest.ts';
import type { ReplicasOf } from '../admin/replicas.ts';
import type { Planning } from '../planning/ports.ts';
import type { ObjectKey, ReadableHome, Resource } from '../resources/home.ts';
import { registryKeyOf } from '../resources/referring.ts';
import { fateOf } from '../runs/fate.ts';
import { isPassing, type RunFollower } from '../runs/runFollower.ts';
import type { Backoff } from './backoff.ts';
import { hasFinalizer, isOver, type Observed, type PlanLook, type RunLook } from './observed.ts';
import { runNameOf } from './order.ts';
import { planLookOf } from './planLook.ts';
import { planWanted } from './planWanted.ts';
import { standingOf } from '../registry/standing.ts';

export interface ObservePorts {
  readonly home: ReadableHome;
  readonly replicasOf: ReplicasOf;
  readonly follower: RunFollower;
  readonly planning: Planning;
  /** Of runs that nobody could be asked about. */
  readonly backoff: Backoff;
  /** Orders that were answered with `differs`, by name. */
  readonly differing: ReadonlySet<string>;
  /** ms since 1970. */
  readonly now: () => number;
  /** A monotonic clock, ms. */
  readonly mono: () => number;
}

/** Reads the request, its Registry, its run and its plan. Nothing is changed by looking, but that a plan may begin to be made. */
export class Observer {
  readonly #ports: ObservePorts;
  /** Uid → when its deletion was first seen. */
  readonly #deletingSince = new Map<string, number>();

  constructor(ports: ObservePorts) {
    this.#ports = ports;
  }

  /** `undefined`: there is no such request. */
  async observe(key: ObjectKey, signal: AbortSignal): Promise<(Observed & { registry: Registry }) | undefined> {
    const { home, now } = this.#ports;
    const object = await home.get('DeleteRequest', key, signal);
    if (object === undefined) return undefined;
    const registry = await home.get('Registry', registryKeyOf(object), signal);
    const parsed = parsedOf(object);
    const standing = standingOf(registry, now());
    const { run, attempt } = await this.#look(object, parsed, registry, signal);
    const seen = { object, parsed, standing, run, attempt, deletingForMs: this.#deletingForMs(object) };
    const token = planWanted(seen);
    const isAsked = token !== undefined && registry !== undefined;
    const plan = isAsked ? await this.#lookAtPlan(registry, object, token, signal) : { is: 'none' as const };
    return { ...seen, plan, registry };
  }

  #lookAtPlan(
    registry: Resource<'Registry'>,
    object: Resource<'DeleteRequest'>,
    token: string,
    signal: AbortSignal,
  ): Promise<PlanLook> {
    const { planning, replicasOf } = this.#ports;
    return planLookOf(planning.ask(registry, object, token), object, replicasOf(registry), signal);
  }

  /** Where no run is recorded, objects of this name may have made several attempts, and any but the past ones counts (D1). */
  async #look(
    object: Resource<'DeleteRequest'>,
    parsed: Parsed<DeleteRequestResource>,
    registry: Registry,
    signal: AbortSignal,
  ): Promise<Pick<Observed, 'run' | 'attempt'>> {
    const { runRef } = object.status;
    for (let attempt = runRef?.attempt ?? 1; ; attempt += 1) {
      const run = await this.#lookAt(runToLookAt(object, parsed, attempt), registry, signal);
      if (runRef !== undefined || !isPast(run)) return { run, attempt };
    }
  }

  async #lookAt(id: string | undefined, registry: Registry, signal: AbortSignal): Promise<RunLook> {
    const { replicasOf, follower, backoff, differing } = this.#ports;
    if (id === undefined || registry === undefined) return { is: 'none' };
    if (differing.has(id)) return { is: 'differs' };
    try {
      const followed = await follower.look(replicasOf(registry), id, signal);
      backoff.forget(id);
      return followed === undefined ? { is: 'absent' } : { is: 'seen', followed, fate: fateOf(followed.view) };
    } catch (error) {
      if (!isPassing(error)) throw error;
      return { is: 'unanswered', why: error.message, retryMs: backoff.fail(id) };
    }
  }

  #deletingForMs({ metadata: { uid, deletionTimestamp } }: Resource<'DeleteRequest'>): number {
    if (deletionTimestamp === undefined) return 0;
    const now = this.#ports.mono();
    const since = this.#deletingSince.get(uid) ?? now;
    this.#deletingSince.set(uid, since);
    return now - since;
  }
}

type Registry = Resource<'Registry'> | undefined;

function parsedOf({ apiVersion, kind, metadata, spec }: Resource<'DeleteRequest'>): Parsed<DeleteRequestResource> {
  const { namespace, name } = metadata;
  return parseDeleteRequest({ apiVersion, kind, metadata: { namespace, name }, spec });
}

function isPast(run: RunLook): boolean {
  return run.is === 'differs' || (run.is === 'seen' && (run.fate.is === 'retry' || run.fate.is === 'refused'));
}

function runToLookAt(
  object: Resource<'DeleteRequest'>,
  parsed: Parsed<DeleteRequestResource>,
  attempt: number,
): string | undefined {
  const { runRef } = object.status;
  const isLeaving = object.metadata.deletionTimestamp !== undefined;
  if (isLeaving || isOver(object)) return hasFinalizer(object) ? runRef?.name : undefined;
  if (runRef !== undefined || !parsed.ok) return runRef?.name;
  const request = parsed.value;
  if (request.mode === 'Preview' || request.suspend) return undefined;
  return runNameOf(request, request.approvedPlan ?? '', attempt);
}
