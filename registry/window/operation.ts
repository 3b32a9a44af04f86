import type { LifeId } from '../../core/window/identity.ts';
import type { OperationId } from '../../core/window/life.ts';
import type { Operation } from './admission.ts';
import type { Life } from './life.ts';
import { refused } from './refusal.ts';

/** An operation as its body sees it: of one life, under that life's unbroken permit (W7). */
export class AdmittedOperation implements Operation {
  readonly life: LifeId;
  readonly signal: AbortSignal;
  readonly #life: Life;
  readonly #id: OperationId;

  constructor(life: Life, id: OperationId, signal: AbortSignal) {
    this.life = life.id;
    this.signal = AbortSignal.any([signal, life.signal]);
    this.#life = life;
    this.#id = id;
  }

  mustStillHold(): void {
    if (this.#life.mayWrite(this.#id)) return;
    this.#life.signal.throwIfAborted(); // says why the life ended
    throw refused('noPermit', 'the permit under which this was begun ran out');
  }
}
