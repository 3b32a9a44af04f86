import type { LifeId } from '../../../core/window/identity.ts';
import type { Commits, Content, StagedCommit } from '../driver.ts';

/** For a storage on which a commit is one step: it is taken when it lands. */
export function stagedAs(
  commits: Pick<Commits, 'commit' | 'commitFile'>,
  life: LifeId,
  path: string,
  content: Content,
): StagedCommit {
  return {
    land: async (signal) =>
      'bytes' in content
        ? commits.commit(life, path, content.bytes, signal)
        : commits.commitFile(life, content.from, path, signal),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
