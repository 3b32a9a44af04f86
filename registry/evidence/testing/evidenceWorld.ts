import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../core/oci/reference.ts';
import type { Pulls } from '../../../core/reach/pulls.ts';
import type { Coverage } from '../../records/pullFiles.ts';
import { PullStore } from '../../records/pulls.ts';
import type { Driver } from '../../storage/driver.ts';
import { signal } from '../../storage/testing/testStorage.ts';
import { mergePulls } from '../merge.ts';
import { type EvidencePorts, readPulls } from '../pullEvidence.ts';
import { PullRecorder } from '../recorder.ts';

/** A storage on which recorders say words when the test says so, and whose clock the test may set ahead. */
export class EvidenceWorld {
  readonly driver: Driver;
  readonly pulls: PullStore;
  /** Instances of the lives that are registered. */
  instances: readonly string[] = [];
  aheadMs = 0;
  /** Under which everybody runs. */
  kernel = 'k'.repeat(36);
  #mono = 0;
  #names = 0;

  constructor(driver: Driver) {
    this.driver = driver;
    this.pulls = new PullStore(driver);
  }

  get ports(): EvidencePorts {
    return {
      pulls: this.pulls,
      members: {
        list: async () => this.instances as never,
        read: async (instance) => ({ record: { instance, left: false }, modifiedAt: 0 }) as never,
      },
      clock: { now: async () => this.now() },
      fresh: () => `n${(this.#names += 1)}`,
      kernel: () => this.kernel,
      mono: () => this.#mono,
      // Whoever waits waits no longer than its patience, and no time goes by in the test.
      timers: {
        after: (ms, run) => {
          this.#mono += ms;
          setImmediate(run);
          return { cancel: () => undefined };
        },
      },
    };
  }

  async now(): Promise<number> {
    return (await this.driver.now(signal)) + this.aheadMs;
  }

  pass(ms: number): void {
    this.#mono += ms;
  }

  /** Without a timer of its own. */
  async recorder(name: string, serves = true): Promise<PullRecorder> {
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const recorder = new PullRecorder(
      {
        ...{ pulls: this.pulls, mono: () => this.#mono, log: quiet, running: signal },
        timers: { after: () => ({ cancel: () => undefined }) },
      },
      { recorder: name, instance: name, serves },
    );
    await recorder.begin(signal);
    this.instances = [...this.instances, name];
    return recorder;
  }

  async merge(): Promise<Coverage | undefined> {
    return mergePulls(this.ports, signal);
  }

  async read(repository: RepositoryName, asOf: number): Promise<ReturnType<Pulls>> {
    return (await readPulls(this.ports, [repository], asOf, signal))(repository);
  }
}

export const hears = (recorder: PullRecorder, repository: RepositoryName, name: string): void => {
  recorder.hear(repository, name.startsWith('sha256:') ? `@${name as Digest}` : `:${name as Tag}`);
};
