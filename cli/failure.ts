/** How a command ends; docs/operations/commands.md says what each means to a script. */
export const exitCodes = {
  ok: 0,
  /** It was tried and did not come out: a doubt, a storage error, a replica that cannot be reached, something missing in an audit. */
  failed: 1,
  /** It was not tried: a mistake in the command, the configuration or a resource. */
  usage: 2,
  /** It stopped and asks: a plan to be approved, over its limits, or not the one that was approved. */
  asks: 3,
  /** Ended in order by Ctrl-C. */
  cancelled: 130,
} as const;

export type Ending = keyof typeof exitCodes;

/** Ends the command with a message for a person, who cannot do anything with a stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly ending: Ending;

  constructor(ending: Ending, message: string, options?: ErrorOptions) {
    super(message, options);
    this.ending = ending;
  }
}
