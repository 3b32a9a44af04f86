import type { RunView } from '../core/admin/schema.ts';
import type { Terminal } from './terminal.ts';
import { span } from './units.ts';

/** How far a run is: one line that is written over where somebody watches, nothing elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  #isShown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show({ progress }: RunView): void {
    if (!this.#terminal.isWatched) return;
    const { phase, done, total, estimatedSeconds } = progress;
    const far = total === 0 ? '' : ` ${done}/${total}`;
    const left = estimatedSeconds === undefined ? '' : `, about ${span(estimatedSeconds * 1000)} left`;
    this.#terminal.err.write(`\r\u001b[2K${phase}${far}${left}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#terminal.err.write('\r\u001b[2K');
    this.#isShown = false;
  }
}
