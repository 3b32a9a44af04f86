/** The API server cannot be reached as it is configured: a person can mend it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/** Another operator leads, or may: this one must not go on. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

export interface ApiFailure {
  /** Absent: there was no answer. */
  readonly status?: number;
  /** The API server's one word. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** The API server refused, failed, or did not answer; the message names method, path and status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number | undefined;
  readonly reason: string | undefined;

  constructor(asked: string, says: string, { status, reason, cause }: ApiFailure = {}) {
    super(`${asked}: ${status ?? 'no answer'}: ${says}`, { cause });
    this.status = status;
    this.reason = reason;
  }
}
