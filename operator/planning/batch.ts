import type { Replicas } from '../admin/replicas.ts';
import { keyOf, keyText, type Resource, type ResourceHome } from '../resources/home.ts';
import { type Belief, lessBelief } from '../retentionPolicy/keepers.ts';
import { type Answer, answersIn } from './answers.ts';
import { blameOf, planOrder, type PlanOrder } from './order.ts';
import { carryOutPlan, type PlanRunPorts } from './planRun.ts';
import { type Unit, unitName } from './unit.ts';

export interface BatchPorts extends PlanRunPorts {
  readonly home: Pick<ResourceHome, 'live'>;
  /** A name that no run had before. */
  readonly newRun: (registry: Resource<'Registry'>) => string;
}

export interface Batch {
  readonly registry: Resource<'Registry'>;
  readonly replicas: Replicas;
  readonly units: readonly Unit[];
  /** Whether anybody still waits for it. */
  readonly isWanted: (unit: Unit) => boolean;
}

type Answers = ReadonlyMap<Unit, Answer>;

/**
 * Plans for units of one Registry from one mark, and from more only where the registry refuses some of them: those fail, the others are ordered again.
 * Units that nobody waits for any more have no answer.
 */
export async function planBatch(ports: BatchPorts, batch: Batch, signal: AbortSignal): Promise<Answers> {
  const { registry, replicas, isWanted } = batch;
  const answers = new Map<Unit, Answer>();
  const beliefs = new Map<string, Belief>();
  let units = batch.units.filter(isWanted);
  while (units.length > 0) {
    // Read for each order anew: a policy that keeps since a moment ago is to be heard.
    const policies = await ports.home.live.listReferring('RetentionPolicy', keyOf(registry), signal);
    const order = planOrder({ id: ports.newRun(registry), registry, units, policies, beliefs });
    const end = await carryOutPlan(replicas, order.order, () => units.some(isWanted), ports, signal);
    if (end.is === 'unwanted') return answers;
    if (end.is === 'ended') return new Map([...answers, ...answersIn(end.view, units)]);
    if (end.is === 'failed') return new Map([...answers, ...failed(units, end.reason, end.message)]);
    const blame = blameOf(order, end.problem);
    for (const [unit, message] of blame.units) answers.set(unit, { is: 'failed', reason: 'InvalidSpec', message });
    const isLess = believeLess(beliefs, order, blame);
    const { code, message } = end.problem;
    if (blame.units.size > 0 || isLess) units = units.filter((unit) => !answers.has(unit));
    else if (units.length > 1) return new Map([...answers, ...(await inHalves(ports, { ...batch, units }, signal))]);
    else
      return new Map([
        ...answers,
        ...failed(units, 'RegistryUnavailable', `the order was refused: ${code}: ${message}`),
      ]);
  }
  return answers;
}

/** What is at fault cannot be told: it is in one of the halves. */
async function inHalves(ports: BatchPorts, { units, ...batch }: Batch, signal: AbortSignal): Promise<Answers> {
  const middle = Math.ceil(units.length / 2);
  const first = await planBatch(ports, { ...batch, units: units.slice(0, middle) }, signal);
  const second = await planBatch(ports, { ...batch, units: units.slice(middle) }, signal);
  return new Map([...first, ...second]);
}

/** Whether that changes the next order: a policy that was refused stands among the keepers from then on, as far as it is believed. */
function believeLess(beliefs: Map<string, Belief>, { keepers }: PlanOrder, blame: ReturnType<typeof blameOf>): boolean {
  const planned = [...blame.units.keys()].filter((unit) => unit.kind === 'RetentionPolicy').map(unitName);
  const kept = blame.keepers.filter((keeper) => keepers.includes(keeper)).map((keeper) => keyText(keyOf(keeper)));
  let isLess = false;
  for (const name of [...planned, ...kept]) {
    const less = lessBelief(beliefs.get(name) ?? 'whole');
    if (less === undefined) continue;
    beliefs.set(name, less);
    isLess = true;
  }
  return isLess;
}

function failed(units: readonly Unit[], reason: string, message: string): Answers {
  return new Map(units.map((unit) => [unit, { is: 'failed', reason, message }]));
}
