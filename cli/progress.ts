import type { RunView } from '../core/admin/schema.ts';
import { StatusLine } from './statusLine.ts';
import type { Terminal } from './terminal.ts';
import { span } from './units.ts';

/** How far a run is: one line that is written over where somebody watches, nothing elsewhere. */
export class Progress {
  readonly #line: StatusLine;

  constructor(terminal: Terminal) {
    this.#line = new StatusLine(terminal);
  }

  show({ progress }: RunView): void {
    const { phase, done, total, estimatedSeconds } = progress;
    const far = total === 0 ? '' : ` ${done}/${total}`;
    const left = estimatedSeconds === undefined ? '' : `, about ${span(estimatedSeconds * 1000)} left`;
    this.#line.show(`${phase}${far}${left}`);
  }

  clear(): void {
    this.#line.clear();
  }
}
