import { hash } from 'node:crypto';
import { parseDigest } from '../../../core/oci/digest.ts';
import type { Limits as PlanLimits } from '../../../core/reach/brake.ts';
import type { DeleteRequestResource } from '../../../core/resources/deleteRequest.ts';
import { requestKey } from '../../../core/resources/requestKey.ts';
import type { Marker, MarkSummary } from '../marker/marker.ts';
import type { PlanDocument } from '../marker/planDocument.ts';
import { approvedKeys } from './approval.ts';
import type { Limits, RunInput } from './input.ts';
import type { CollectionSettings, RunPorts } from './ports.ts';
import type { RunProgress } from './progress.ts';
import type { EachPlanReport } from './report.ts';
import { Stop } from './stop.ts';

/** What a run is about to carry out, if nothing stands in its way. */
export interface Planned {
  readonly document: PlanDocument;
  /** Keys of the requests in it, under which it is written that they were carried out. */
  readonly requests: readonly string[];
  /** Which limits it is over. */
  readonly brake: string | undefined;
  /** What the approval that the run was given does not cover; `undefined`: it covers this plan, or there is none. */
  readonly unapproved: string | undefined;
}

export interface PlanningPorts extends Pick<RunPorts, 'driver' | 'records'> {
  readonly marker: Marker;
  readonly progress: RunProgress;
  /** Asked between one plan and the next. */
  readonly cancelled: AbortSignal;
}

/** Makes what a run was asked to plan from its complete mark, and writes it down where an approval finds it. */
export class Planning {
  readonly #ports: PlanningPorts;
  readonly #input: RunInput;
  readonly #confirmAfterMs: number;
  readonly #signal: AbortSignal;

  constructor(
    ports: PlanningPorts,
    input: RunInput,
    { confirmAfterMs }: Pick<CollectionSettings, 'confirmAfterMs'>,
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#input = input;
    this.#confirmAfterMs = confirmAfterMs;
    this.#signal = signal;
  }

  /** One plan of all policies and requests. */
  async together({ now }: MarkSummary): Promise<Planned> {
    const { marker, progress, records } = this.#ports;
    const { id, policies, limits, collect } = this.#input;
    const requests = await this.#requestsToCarryOut();
    const approved = await this.#approved(now);
    const { counts, suspects, items, document } = await marker.plan({
      ...{ policies, requests, acting: this.#acting(), limits: limitsOf(limits), collects: collect ?? true },
      confirmAfterMs: this.#confirmAfterMs,
      ...(approved === undefined ? {} : { approved }),
    });
    const left = new Set(document.keys);
    const gone = approved === undefined ? {} : { gone: approved.filter((key) => !left.has(key)).length };
    await this.#keep(document);
    await records.runs.writePlan(id, document, this.#signal);
    progress.planned({ ...counts, suspects, items, ...gone });
    return {
      ...{ document, requests: requests.map(keyOf), brake: counts.brake },
      unapproved: this.#unapproved(document, approved),
    };
  }

  /** A plan of each policy that acts, and of each request. */
  async each(): Promise<void> {
    const { marker, progress, records, cancelled } = this.#ports;
    const { id, policies, limits, limitsOf: own = {} } = this.#input;
    const requests = await this.#requestsToCarryOut();
    const acting = this.#acting().map((name) => ({ name, limits: limitsOf(own[name] ?? limits) }));
    const all = await marker.planEach({
      ...{ policies, acting, requests, limits: limitsOf(limits), confirmAfterMs: this.#confirmAfterMs },
    });
    const plans: EachPlanReport[] = [];
    for (;;) {
      if (cancelled.aborted) throw new Stop('Cancelled', 'it was cancelled');
      progress.planning(plans.length, all);
      await progress.beat();
      const one = await marker.nextPlan();
      if (one === undefined) break;
      const { kind, name, counts, document } = one;
      await Promise.all([
        this.#keep(document),
        records.runs.writePlanOf(id, `${kind}/${name}`, document, this.#signal),
      ]);
      plans.push({ kind, name, ...counts, items: document.items.length + document.spared.length });
    }
    progress.plannedEach(plans);
  }

  #acting(): readonly string[] {
    return this.#input.acting ?? this.#input.policies.map(({ name }) => name);
  }

  /** What an approved plan held; carrying it out, or what is left of it, lifts the limits (G8). */
  async #approved(storageNow: number): Promise<readonly string[] | undefined> {
    const { approvedPlan, mode } = this.#input;
    if (approvedPlan === undefined || mode === 'plan') return undefined;
    return approvedKeys(this.#ports.records, approvedPlan, storageNow, this.#signal);
  }

  #unapproved({ digest, keys }: PlanDocument, approved: readonly string[] | undefined): string | undefined {
    const { approvedPlan, mode } = this.#input;
    // The same digest is the same set, also where nobody remembers the plan that was approved.
    if (approvedPlan === undefined || mode === 'plan' || digest === approvedPlan) return undefined;
    if (approved === undefined) return `no plan ${approvedPlan} was made here in the last day`;
    // A plan of another spec approves nothing of this one, which is a mistake and not a run with nothing to do.
    const sharesSomething = !new Set(approved).isDisjointFrom(new Set(keys));
    const isNothing = approved.length === 0 || keys.length === 0;
    return isNothing || sharesSomething ? undefined : 'nothing that was approved is left of what would go now';
  }

  /** So that its digest approves it. */
  async #keep({ digest, keys }: PlanDocument): Promise<void> {
    const parsed = parseDigest(digest);
    if (parsed === undefined) throw new Error('a plan whose digest is none');
    await this.#ports.records.plans.write(parsed, keys, this.#signal);
  }

  /** D1: what was carried out once is absent from then on, whatever is there now. */
  async #requestsToCarryOut(): Promise<readonly DeleteRequestResource[]> {
    const requests: DeleteRequestResource[] = [];
    for (const request of this.#input.requests) {
      const done = await this.#ports.records.doneKeys.read(keyOf(request), this.#signal);
      if (done === undefined) requests.push(request);
      else this.#ports.progress.alreadyAbsent(`${request.namespace}/${request.name}`);
    }
    return requests;
  }
}

function limitsOf({ maxDeletes, maxDeletePercent }: Limits): PlanLimits {
  return { maxDeletesPerRun: maxDeletes, maxDeletePercent };
}

/** Under which it stands written that a request was carried out. */
function keyOf(request: DeleteRequestResource): string {
  return hash('sha256', requestKey(request.registry, request));
}
