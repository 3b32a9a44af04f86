/** Every error that a client of the admin API can meet, with its status. docs/operations/admin-api.md lists the same. */
export const problems = {
  INVALID: { status: 400, says: 'the request is not understood' },
  UNAUTHENTICATED: { status: 401, says: 'a key or token for this admin API is needed' },
  FORBIDDEN: { status: 403, says: 'this caller may not do that' },
  ORIGIN_REFUSED: { status: 403, says: 'requests of web pages are refused' },
  NOT_FOUND: { status: 404, says: 'there is no such path in the admin API' },
  RUN_UNKNOWN: { status: 404, says: 'there is no run of this name' },
  SOURCE_UNKNOWN: { status: 404, says: 'no source of protections has this name' },
  NOTHING_TO_UNDELETE: { status: 404, says: 'no deletion of this can be undone' },
  RUN_DIFFERS: { status: 409, says: 'this name stands for a run that was ordered otherwise' },
  RUN_ELSEWHERE: { status: 409, says: 'another process carries this run out' },
  RUN_NOT_PLANNED: { status: 409, says: 'the run has no plan that could be approved' },
  PLAN_CHANGED: { status: 409, says: 'the plan is another one' },
  DOUBT: { status: 409, says: 'something about the graph cannot be told' },
  INCOMPLETE: { status: 409, says: 'some of what was deleted is not there any more' },
  TAG_TAKEN: { status: 409, says: 'the tag names something else by now' },
  READ_ONLY_OWNED: { status: 409, says: 'somebody else declared the registry read-only' },
  BUSY: { status: 409, says: 'something else is going on' },
  TOO_LARGE: { status: 413, says: 'the body is too large' },
  NOT_JSON: { status: 415, says: 'a body must be JSON' },
  HOST_REFUSED: { status: 421, says: 'this name is not one of the admin API' },
  INTERNAL: { status: 500, says: 'the request failed; the log says why' },
  STORAGE: { status: 503, says: 'the storage did not answer as it must' },
  UNVERIFIED: { status: 503, says: 'who asks could not be checked; try again' },
  REFUSED: { status: 503, says: 'the registry cannot do this now; try again' },
} as const satisfies Record<string, { status: number; says: string }>;

export type ProblemCode = keyof typeof problems;

export interface ProblemMistake {
  readonly path: string;
  readonly says: string;
}

/** Thrown anywhere below the admin API; one place turns it into `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly mistakes: readonly ProblemMistake[];

  constructor(code: ProblemCode, detail: string, mistakes: readonly ProblemMistake[] = [], options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.mistakes = mistakes;
  }
}

export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === 'string' && Object.hasOwn(problems, text);
}
