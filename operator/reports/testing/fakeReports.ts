import type { Laid, Owner, Reports } from '../report.ts';

/** Reports as a test looks at them: by their names, as a cluster keeps them. */
export class FakeReports implements Reports {
  readonly laid = new Map<string, string>();
  /** What every report is refused with, if anything. */
  refusal: string | undefined;

  async lay(_owner: Owner, name: string, lines: string): Promise<Laid> {
    if (this.refusal !== undefined) return { is: 'refused', why: this.refusal };
    if (!this.laid.has(name)) this.laid.set(name, lines);
    return { is: 'laid' };
  }
}
