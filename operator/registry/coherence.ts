import type { RunView, Status } from '../../core/admin/schema.ts';
import type { EndpointAnswer } from '../admin/replicas.ts';

/** What the endpoints of a Registry say together. */
export interface Look {
  readonly is: 'coherent' | 'incoherent' | 'unreachable';
  /** Of an incoherent or unreachable one: what is wrong and what to do. */
  readonly message: string;
  /** Of the endpoint that answered with the newest gate; absent: none did. */
  readonly newest?: Pick<Status, 'storage' | 'gate'>;
  readonly lastRun?: RunView;
  readonly replicas: {
    /** Replicas with a life on the storage that has not left: one that lost a life and began anew is one. */
    readonly registered: number;
    /** Endpoints that answer and are as they must be. */
    readonly coherent: number;
    /** Lives that go on and are no endpoint's. */
    readonly unknown: number;
  };
}

type Answered = Extract<EndpointAnswer, { is: 'answered' }>;
type Life = Status['lives'][number];

/** A life writes its record each minute, and an executor fences one that does not answer. An older record tells of no process that runs. */
const freshMs = 90_000;
const mostTold = 5;

/**
 * Whether the endpoints are all the replicas of one storage. A replica that no endpoint names would be neither asked nor looked at; an endpoint of another
 * storage would take orders meant for this one. `before`: how many replicas were registered when one last answered.
 */
export function lookAt(answers: readonly EndpointAnswer[], before: number): Look {
  const answered = answers.filter((answer) => answer.is === 'answered');
  const wrong = answers.flatMap((answer) => mistakeOf(answer) ?? []);
  const [first] = answered;
  if (first === undefined) {
    return { is: 'unreachable', message: told(wrong), replicas: { registered: before, coherent: 0, unknown: 0 } };
  }
  const newest = answered.reduce((best, one) => (one.status.gate.epoch > best.status.gate.epoch ? one : best), first);
  const { storage, gate, lives, lastRun } = newest.status;
  const instances = new Set(answered.flatMap(({ status }) => status.self?.instance ?? []));
  const unknown = lives.filter((life) => isOn(life) && !instances.has(life.instance));
  // A silent endpoint may be one of those that nobody names.
  const silent = answers.length - answered.length;
  const unnamed = silent === 0 ? unknown.map(unknownLife) : [];
  const faults = [...differentStorages(answered, newest), ...wrong, ...twice(answered), ...unnamed];
  return {
    is: faults.length === 0 ? 'coherent' : 'incoherent',
    message: told(faults),
    newest: { storage, gate },
    ...(lastRun === undefined ? {} : { lastRun }),
    replicas: {
      registered: new Set(lives.filter(({ left }) => !left).map(({ instance }) => instance)).size,
      coherent: answers.filter((one) => mistakeOf(one) === undefined && isOf(one, storage)).length,
      unknown: Math.max(0, unknown.length - silent),
    },
  };
}

function isOn({ left, ageMs }: Life): boolean {
  return !left && ageMs <= freshMs;
}

function isOf(answer: EndpointAnswer, storage: string): boolean {
  return answer.is === 'answered' && answer.status.storage === storage;
}

/** What is wrong with one endpoint by itself. */
function mistakeOf(answer: EndpointAnswer): string | undefined {
  const { endpoint } = answer;
  if (answer.is === 'silent') return `${endpoint} does not answer: ${answer.why}`;
  const { self, lives } = answer.status;
  if (self === undefined) return `${endpoint} does not say which replica it is: give all replicas the same version`;
  if (self.life === null) return `${endpoint} (${self.instance}) has no life on the storage and may not write`;
  const own = lives.find(({ life }) => life === self.life);
  return own?.left === false ? undefined : `${endpoint} (${self.instance}) is not registered on the storage`;
}

function differentStorages(answered: readonly Answered[], newest: Answered): readonly string[] {
  const { storage } = newest.status;
  return answered
    .filter((one) => one.status.storage !== storage)
    .map((one) => `${one.endpoint} serves storage ${one.status.storage}, ${newest.endpoint} serves ${storage}`);
}

/** Two names of one replica: then another one may have none. */
function twice(answered: readonly Answered[]): readonly string[] {
  const endpointOf = new Map<string, string>();
  return answered.flatMap(({ endpoint, status: { self } }) => {
    if (self === undefined) return [];
    const other = endpointOf.get(self.instance);
    endpointOf.set(self.instance, endpoint);
    return other === undefined ? [] : [`${other} and ${endpoint} are the same replica (${self.instance})`];
  });
}

/** Without its age: a status would be another one at each look. */
function unknownLife({ instance }: Life): string {
  return `the replica ${instance} is on the storage, and no endpoint: name its admin API in spec.endpoints, or stop it`;
}

function told(faults: readonly string[]): string {
  const more = faults.length - mostTold;
  return more <= 0 ? faults.join('; ') : `${faults.slice(0, mostTold).join('; ')}; and ${more} more`;
}
