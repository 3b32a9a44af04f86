import type { Terminal } from './terminal.ts';

/** One line that is written over where somebody watches, and nothing elsewhere. */
export class StatusLine {
  readonly #terminal: Terminal;
  #isShown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (!this.#terminal.isWatched) return;
    this.#terminal.err.write(`\r\u001b[2K${text}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#terminal.err.write('\r\u001b[2K');
    this.#isShown = false;
  }
}
