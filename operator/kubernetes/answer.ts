import { fieldIn } from '../api/document.ts';
import { Conflict, Gone, Invalid } from '../resources/home.ts';
import { ApiError } from './failure.ts';

/** What an API server answers to one request; anything else is thrown. */
export type Answer =
  | { readonly is: 'done'; readonly body: unknown }
  /** There is no such object, said in so many words. */
  | { readonly is: 'absent'; readonly says: string }
  /** An object of this name is there already. */
  | { readonly is: 'exists' };

/** As much of a `Status` of meta/v1 as is acted on. */
interface Status {
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  /** Of the object it is about. */
  readonly subject?: string;
}

/** `asked`: `GET /path`. Throws `Conflict`, `Gone`, `Invalid` or `ApiError`. */
export function answerOf(asked: string, httpStatus: number, text: string): Answer {
  const body = parsed(text);
  if (httpStatus >= 200 && httpStatus < 300) {
    if (body === undefined) throw new ApiError(asked, 'the answer is no JSON', { status: httpStatus });
    return { is: 'done', body };
  }
  const status = statusOf(body);
  // A kind that is not installed answers 404 as well, and is no object that is gone.
  if (httpStatus === 404 && status?.reason === 'NotFound' && status.subject !== undefined) {
    return { is: 'absent', says: status.message };
  }
  if (httpStatus === 409 && status?.reason === 'AlreadyExists') return { is: 'exists' };
  throw errorOf(asked, httpStatus, status, text);
}

/** Of an event of type ERROR in a watch. */
export function watchError(asked: string, object: unknown): Error {
  const status = statusOf(object);
  return errorOf(asked, status?.code ?? 500, status, JSON.stringify(object));
}

function errorOf(asked: string, httpStatus: number, status: Status | undefined, text: string): Error {
  const says = status?.message ?? shown(text);
  if (httpStatus === 409) return new Conflict(says);
  if (httpStatus === 410) return new Gone(says);
  if (httpStatus === 422) return new Invalid(says);
  return new ApiError(asked, says, { status: httpStatus, ...(status !== undefined && { reason: status.reason }) });
}

function statusOf(value: unknown): Status | undefined {
  if (fieldIn(value, 'kind') !== 'Status') return undefined;
  const [reason, message, code] = [fieldIn(value, 'reason'), fieldIn(value, 'message'), fieldIn(value, 'code')];
  const subject = fieldIn(fieldIn(value, 'details'), 'name');
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    code: typeof code === 'number' ? code : 500,
    ...(typeof subject === 'string' && { subject }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a proxy in between says may be a whole page. */
function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
