import { ConnectionLost, type Machine, SimulatedProcess } from '../kernel/process.ts';
import type { World } from '../registry/parts.ts';
import { Server } from '../registry/server.ts';

/** The processes of a world: they start, stop, stall and die. */
export class Fleet {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #processes = new Set<SimulatedProcess>();
  readonly #servers = new Set<Server>();
  #started = 0;

  constructor(world: World) {
    this.#world = world;
    this.#machine = world.machine;
  }

  process(name: string): SimulatedProcess {
    const process = new SimulatedProcess(name, this.#machine);
    this.#processes.add(process);
    return process;
  }

  /** Those that serve now, or at least look like it from outside. */
  get servers(): readonly Server[] {
    return [...this.#servers].filter(({ process, isServing }) => process.isAlive && isServing);
  }

  /** A process that was restarted may have its predecessor's name. Resolves when it serves, or is gone again. */
  async start(name = this.#freshName()): Promise<void> {
    const process = this.process(name);
    const server = new Server(this.#world, process);
    this.#servers.add(server);
    const { signal } = new AbortController();
    try {
      await Promise.race([server.start(signal), process.gone]);
    } catch (error) {
      if (error instanceof ConnectionLost) return;
      this.#machine.history.say(name, `does not start: ${String(error)}`);
      process.end('killed');
    }
  }

  async stop(server: Server): Promise<void> {
    this.#machine.history.say(server.process.name, 'is asked to stop');
    const { signal } = new AbortController();
    try {
      await Promise.race([server.stop(signal), server.process.gone]);
    } catch (error) {
      this.#machine.history.say(server.process.name, `has stopped: ${String(error)}`);
      server.process.end('killed');
    }
  }

  pauseOne(): void {
    const { chance } = this.#machine;
    const alive = this.#alive();
    if (alive.length === 0) return;
    const ms = chance.pick([300, 1200, 3000]) * chance.between(0.5, 1.5);
    chance.pick(alive).pause(ms, { freezes: chance.happens(0.4), holdsCalls: chance.happens(0.7) });
  }

  killOne(): SimulatedProcess | undefined {
    const { chance, history } = this.#machine;
    const alive = this.#alive();
    if (alive.length === 0) return undefined;
    const process = chance.pick(alive);
    history.say(process.name, 'is killed');
    process.end('killed');
    return process;
  }

  cutPower(): void {
    const { chance, history } = this.#machine;
    history.say('storage', 'the power is cut');
    for (const process of this.#processes) process.end('cut');
    this.#processes.clear();
    this.#servers.clear();
    this.#world.storage.disk.cut(chance);
  }

  isServer(process: SimulatedProcess): boolean {
    return [...this.#servers].some((server) => server.process === process);
  }

  #alive(): readonly SimulatedProcess[] {
    return [...this.#processes].filter(({ isAlive }) => isAlive);
  }

  #freshName(): string {
    this.#started += 1;
    return `replica-${this.#started}`;
  }
}
