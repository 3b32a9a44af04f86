import type { StagedCommit } from '../driver.ts';

export interface Staging {
  /** False: the stage was gone, so that nothing may land. */
  readonly isStaged: boolean;
  /** What is staged is another name of a file that may be at its place already. A rename over that does nothing and leaves the staged name. */
  readonly isSecondName: boolean;
  readonly land: StagedCommit['land'];
  /** Takes what is left in the stage away. */
  readonly drop: () => Promise<void>;
}

/** What is in the stage until it has landed by a rename of its only name. */
export function stagedCommit({ isStaged, isSecondName, land, drop }: Staging): StagedCommit {
  let mayBeLeft = isStaged;
  return {
    land: async (signal) => {
      if (!mayBeLeft) return 'refused';
      const outcome = await land(signal);
      mayBeLeft = outcome !== 'landed' || isSecondName;
      return outcome;
    },
    [Symbol.asyncDispose]: async () => {
      if (mayBeLeft) await drop();
    },
  };
}
