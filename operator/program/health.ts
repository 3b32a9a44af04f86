import type { Runtime } from '../runtime/runtime.ts';

type Probed = Pick<Runtime, 'isReady' | 'ailments'>;

/** What probes are told, before there is a runtime to ask as well. */
export class Health implements Probed {
  #runtime: Probed | undefined;
  #standsBy = false;

  get isReady(): boolean {
    return this.#runtime?.isReady ?? this.#standsBy;
  }

  ailments(): readonly string[] {
    return this.#runtime?.ailments() ?? [];
  }

  standBy(): void {
    this.#standsBy = true;
  }

  begin(runtime: Probed): void {
    this.#runtime = runtime;
  }
}
