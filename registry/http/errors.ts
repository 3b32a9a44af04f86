/**
 * Every error that a client of the registry API can meet: distribution-spec's codes (section "Error Codes"), distribution's, and our own. `retry`: whether
 * the same request may do better later; `says`: the message where nothing better is known. docs/spec/errors.md is the same table for readers.
 */
export const catalogue = {
  BLOB_UNKNOWN: { status: 404, retry: false, says: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, retry: false, says: 'blob upload invalid' },
  BLOB_UPLOAD_OUT_OF_ORDER: { status: 416, retry: false, says: 'the chunk does not begin where the upload stands' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, retry: false, says: 'blob upload unknown to registry' },
  DIGEST_INVALID: { status: 400, retry: false, says: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: {
    status: 400,
    retry: false,
    says: 'manifest references a manifest or blob unknown to registry',
  },
  MANIFEST_INVALID: { status: 400, retry: false, says: 'manifest invalid' },
  MANIFEST_TOO_LARGE: { status: 413, retry: false, says: 'manifest larger than 4 MiB' },
  MANIFEST_UNKNOWN: { status: 404, retry: false, says: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, retry: false, says: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, retry: false, says: 'repository name not known to registry' },
  NOT_FOUND: { status: 404, retry: false, says: 'no such path in the registry API' },
  PAGINATION_NUMBER_INVALID: { status: 400, retry: false, says: 'invalid number of results requested' },
  RANGE_INVALID: { status: 416, retry: false, says: 'the blob has no bytes in this range' },
  REQUEST_INVALID: { status: 400, retry: false, says: 'the request is not understood' },
  SIZE_INVALID: { status: 400, retry: false, says: 'provided length did not match content length' },
  STORAGE_FULL: { status: 507, retry: true, says: 'the storage is full' },
  TAG_INVALID: { status: 400, retry: false, says: 'invalid tag' },
  TOOMANYREQUESTS: { status: 429, retry: true, says: 'what this names is being removed; try again in a moment' },
  UNAUTHORIZED: { status: 401, retry: false, says: 'authentication required' },
  UNAVAILABLE: { status: 503, retry: true, says: 'the registry cannot do this now; try again' },
  UNKNOWN: { status: 500, retry: true, says: 'the request failed; the log says why' },
  UNSUPPORTED: { status: 405, retry: false, says: 'the operation is unsupported' },
} as const satisfies Record<string, { status: number; retry: boolean; says: string }>;

export type ErrorCode = keyof typeof catalogue;

export interface ErrorDetails {
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown anywhere below the registry API; one place turns it into an answer (answers.ts). */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    says: string = catalogue[code].says,
    { detail, headers = {}, cause }: ErrorDetails = {},
  ) {
    super(says, { cause });
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

/** The client broke off: what was done for it ends, and nobody hears of it. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('the client has gone');
  }
}

/** As distribution-spec writes errors. */
export function errorBody({ code, message, detail }: RegistryError): string {
  return JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] });
}
