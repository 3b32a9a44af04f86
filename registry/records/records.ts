import { DoneKeyStore } from './doneKeys.ts';
import { EdgeStore } from './edges.ts';
import { type GatePorts, GateStore } from './gateStore.ts';
import { HeldStore } from './heldStore.ts';
import { MemberStore } from './members.ts';
import { PlanStore } from './plans.ts';
import { ProtectionStore } from './protections.ts';
import { RequestStore } from './requests.ts';
import type { ProtocolStore } from './reserve.ts';
import { RunStore } from './runs.ts';
import { StorageIdStore } from './storageId.ts';
import { SuspectStore } from './suspects.ts';
import { TombstoneStore } from './tombstones.ts';

/** All records of the protocol on one storage. */
export interface Records {
  readonly storage: StorageIdStore;
  readonly gates: GateStore;
  readonly held: HeldStore;
  readonly members: MemberStore;
  readonly tombstones: TombstoneStore;
  readonly requests: RequestStore;
  readonly doneKeys: DoneKeyStore;
  readonly protections: ProtectionStore;
  readonly runs: RunStore;
  readonly plans: PlanStore;
  readonly suspects: SuspectStore;
  readonly edges: EdgeStore;
}

/** `store` is the driver, as a rule with its reserve (`reserved`). */
export function openRecords(store: ProtocolStore, ports: GatePorts): Records {
  const storage = new StorageIdStore(store);
  return {
    storage,
    gates: new GateStore(store, ports),
    held: new HeldStore(store),
    members: new MemberStore(store),
    tombstones: new TombstoneStore(store),
    requests: new RequestStore(store),
    doneKeys: new DoneKeyStore(store),
    protections: new ProtectionStore(store, storage),
    runs: new RunStore(store),
    plans: new PlanStore(store),
    suspects: new SuspectStore(store),
    edges: new EdgeStore(store),
  };
}
