import { closeWindow, type Gate, sweep } from '../../../core/window/gate.ts';
import type { LifeId, RunId, WindowId } from '../../../core/window/identity.ts';
import type { MemberView } from '../../../core/window/member.ts';
import type { RunEffect } from '../../../core/window/run/state.ts';
import { StorageError } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import { closeDoor, fenceLife } from '../../window/fencing.ts';
import { pause } from '../../window/waiting.ts';
import type { RunPorts } from './ports.ts';

const shortestWaitMs = 1;
const longestWaitMs = 50;

export interface Heard {
  readonly members: readonly MemberView[];
  /** Read after the members: no link that one of them wrote before its acknowledgement is younger. */
  readonly storageNow: number;
}

/** The executor's side of gate, members and fences, as its state machine asks for it. */
export class Handshake {
  readonly #ports: RunPorts;
  readonly #signal: AbortSignal;
  #waitMs = shortestWaitMs;
  #nudged: Promise<void> = Promise.resolve();

  constructor(ports: RunPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  async readGate(): Promise<Gate> {
    const gate = await this.#ports.records.gates.read(this.#signal);
    if (gate === undefined) throw new StorageError(layout.gates, 'there is no gate');
    return gate;
  }

  async cas(to: Gate): Promise<boolean> {
    const { gates } = this.#ports.records;
    if (to.phase === 'HOLDING') {
      // Unless something is spared, these follow while clients wait.
      const sweeping = sweep(to, to.held);
      gates.prepare([sweeping, closeWindow(sweeping)], this.#signal);
    }
    const isWon = (await gates.announce(to, this.#signal)) === 'won';
    if (isWon) this.#nudged = this.#ports.nudge(to.epoch);
    this.#waitMs = shortestWaitMs;
    return isWon;
  }

  /** Longer each time: who answers at once is heard at once, and who takes long is not asked a thousand times. */
  async wait(): Promise<void> {
    await pause(this.#ports.timers, this.#waitMs, this.#signal);
    this.#waitMs = Math.min(this.#waitMs * 2, longestWaitMs);
  }

  async closeDoor(window: WindowId): Promise<void> {
    await closeDoor(this.#ports, window, this.#signal);
  }

  /** And then waits until no fenced life can hold a permit any more: it may still promise what needs no write, and nobody listens to it. */
  async fence(lives: readonly LifeId[], waitMs: number): Promise<void> {
    await this.#ports.records.gates.landed(); // no power cut may bring a life back whose stage and journal are gone
    for (const life of lives) await fenceLife(this.#ports, life, this.#signal);
    if (waitMs > 0) await pause(this.#ports.timers, waitMs, this.#signal);
  }

  async readMembers(run: RunId, read: Extract<RunEffect, { do: 'readMembers' }>['read']): Promise<Heard> {
    // Our own process has been told, and answers within this tick or two; waiting for it is shorter than asking twice.
    await Promise.race([this.#nudged, this.wait()]);
    const members = await this.#ports.records.members.readAll({ run, read }, this.#signal);
    return { members, storageNow: await this.#ports.driver.now(this.#signal) };
  }

  /**
   * What earlier runs left. A stage without a record is of a life that has not begun or has ended: at most it begins once more. A life that left having
   * seen no gate as new as this run's first touched nothing that this run does not find on the storage.
   */
  async tidy(epoch: number, windowMs: number): Promise<void> {
    const { driver, records } = this.#ports;
    for (const life of await driver.stagedLives(this.#signal)) {
      const isRegistered = (await records.members.writtenAt(life, this.#signal)) !== undefined;
      if (!isRegistered) await driver.endLife(life, this.#signal);
    }
    for (const life of await records.members.list(this.#signal)) {
      const record = (await records.members.read(life, this.#signal))?.record;
      const isOver = record?.left === true && (record.acknowledged?.epoch ?? 0) < epoch;
      if (isOver) await fenceLife(this.#ports, life, this.#signal);
    }
    const storageNow = await driver.now(this.#signal);
    for (const { window, modifiedAt } of await driver.openWindows(this.#signal)) {
      if (modifiedAt < storageNow - windowMs) await driver.endWindow(window, this.#signal);
    }
  }
}
