export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * What one endpoint has still to be told, oldest first. When there is no room the oldest goes: a receiver that was away for so long learns more from how
 * things stand now than from how they stood when it went.
 */
export class EventQueue {
  readonly #limits: QueueLimits;
  #bodies: { readonly text: string; readonly bytes: number }[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#bodies.length;
  }

  /** Says how many had to go for it; one that is too large for the whole queue goes itself. */
  put(text: string): number {
    const bytes = Buffer.byteLength(text);
    this.#bodies.push({ text, bytes });
    this.#bytes += bytes;
    let dropped = 0;
    while (this.#bodies.length > this.#limits.events || this.#bytes > this.#limits.bytes) {
      this.take();
      dropped++;
    }
    return dropped;
  }

  take(): string | undefined {
    const oldest = this.#bodies.shift();
    this.#bytes -= oldest?.bytes ?? 0;
    return oldest?.text;
  }

  /** Says how many there were. */
  clear(): number {
    const { length } = this.#bodies;
    this.#bodies = [];
    this.#bytes = 0;
    return length;
  }
}
