import type { FastifyReply, FastifyRequest } from 'fastify';
import { StorageError, StorageFull } from '../storage/driver.ts';
import { Refused } from '../window/admission.ts';
import type { Log } from '../window/ports.ts';
import { catalogue, ClientGone, errorBody, RegistryError } from './errors.ts';
import { heldStatus } from './userAgents.ts';

const storageRetryAfterSeconds = 5;

/** The one place where what went wrong becomes an answer. */
export async function answerError(
  log: Log,
  thrown: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const error = errorOf(thrown, request.headers['user-agent'] ?? '');
  const { status } = catalogue[error.code];
  if (status >= 500 && !(thrown instanceof Refused)) {
    log.error({ err: thrown, method: request.method, path: request.originalUrl }, 'registry request failed');
  }
  const body = errorBody(error);
  request.raw.resume(); // a connection on which the rest of a body waits could not be used again
  return reply.headers(error.headers).code(status).type('application/json; charset=utf-8').send(body);
}

/** What nobody foresaw says nothing of itself to a client. */
export function errorOf(thrown: Error & { readonly statusCode?: unknown }, userAgent: string): RegistryError {
  if (thrown instanceof RegistryError) return thrown;
  if (thrown instanceof Refused) return refusal(thrown, userAgent);
  if (thrown instanceof ClientGone) return new RegistryError('REQUEST_INVALID', thrown.message, { cause: thrown });
  if (thrown instanceof StorageFull) return new RegistryError('STORAGE_FULL', undefined, { cause: thrown });
  if (thrown instanceof StorageError) {
    const headers = retryAfter(storageRetryAfterSeconds);
    return new RegistryError('UNAVAILABLE', 'the storage did not answer as it must', { headers, cause: thrown });
  }
  const { statusCode } = thrown;
  const isClients = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return new RegistryError(isClients ? 'REQUEST_INVALID' : 'UNKNOWN', undefined, { cause: thrown });
}

function refusal(refused: Refused, userAgent: string): RegistryError {
  const isTooMany = refused.reason === 'held' && heldStatus(userAgent) === 429;
  return new RegistryError(isTooMany ? 'TOOMANYREQUESTS' : 'UNAVAILABLE', refused.message, {
    headers: retryAfter(refused.retryAfterSeconds),
    cause: refused,
  });
}

export function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) };
}
