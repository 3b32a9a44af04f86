import type { Static, TSchema } from 'typebox';
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { Page, PageRequest } from '../../core/admin/paging.ts';
import { isProblemCode, Problem, type ProblemMistake } from '../../core/admin/problem.ts';
import {
  AuditView,
  Protection,
  type Protect,
  RunItem,
  type RunOrder,
  RunView,
  Status,
  TombstoneView,
  Undeleted,
  type UndeleteTarget,
} from '../../core/admin/schema.ts';
import { type Answered, exchange, type Server } from './exchange.ts';

/** Nothing that is known to be an answer came from an admin API: what was asked may have been done or not. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface AdminClientPorts extends Server {
  readonly token?: string;
  /** How long an answer may take; absent: a minute. A walk through a whole storage has longer. */
  readonly timeoutMs?: number;
}

/** Of a plan, and of one among several: `KIND/NAMESPACE/NAME` where a run made one for each. */
export interface ItemsRequest extends PageRequest {
  readonly of?: string;
}

const usualTimeoutMs = 60_000;
/** A walk through a whole storage. */
const walkTimeoutMs = 300_000;

/** The admin API over HTTP. Whatever is answered is checked before it is believed. */
export class AdminClient {
  readonly #server: Server;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;

  constructor({ token, timeoutMs = usualTimeoutMs, ...server }: AdminClientPorts) {
    this.#server = server;
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  status(signal: AbortSignal): Promise<Status> {
    return this.#ask(Status, 'GET', '/status', undefined, signal);
  }
  beginRun(order: RunOrder, _by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ask(RunView, 'POST', '/runs', order, signal);
  }
  run(id: string, signal: AbortSignal): Promise<RunView> {
    return this.#ask(RunView, 'GET', `/runs/${id}`, undefined, signal);
  }
  items(id: string, page: ItemsRequest, signal: AbortSignal): Promise<Page<RunItem>> {
    return this.#page(RunItem, `/runs/${id}/items`, page, signal);
  }
  approve(id: string, plan: string, _by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ask(RunView, 'POST', `/runs/${id}/approve`, { plan }, signal);
  }
  cancel(id: string, _by: string, signal: AbortSignal): Promise<RunView> {
    return this.#ask(RunView, 'POST', `/runs/${id}/cancel`, undefined, signal);
  }
  audit(signal: AbortSignal): Promise<AuditView> {
    return this.#ask(AuditView, 'POST', '/audit', undefined, signal, walkTimeoutMs);
  }
  async protections(signal: AbortSignal): Promise<readonly Protection[]> {
    return (await this.#ask(listOf(Protection), 'GET', '/protections', undefined, signal)).items;
  }
  protect(source: string, protections: Protect, signal: AbortSignal): Promise<Protection> {
    return this.#ask(Protection, 'PUT', `/protections/${source}`, protections, signal);
  }
  async forget(source: string, signal: AbortSignal): Promise<void> {
    await this.#ask(Type.Undefined(), 'DELETE', `/protections/${source}`, undefined, signal);
  }
  tombstones(page: PageRequest, signal: AbortSignal): Promise<Page<TombstoneView>> {
    return this.#page(TombstoneView, '/tombstones', page, signal);
  }
  undelete(target: UndeleteTarget, _by: string, signal: AbortSignal): Promise<Undeleted> {
    return this.#ask(Undeleted, 'POST', '/undelete', target, signal);
  }
  async declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void> {
    await this.#ask(Type.Undefined(), 'PUT', '/read-only', { reason, owner }, signal);
  }
  async withdrawReadOnly(owner: string | undefined, signal: AbortSignal): Promise<void> {
    const query = owner === undefined ? '' : `?owner=${encodeURIComponent(owner)}`;
    await this.#ask(Type.Undefined(), 'DELETE', `/read-only${query}`, undefined, signal);
  }

  async #page<S extends TSchema>(
    schema: S,
    path: string,
    { n, last, of }: ItemsRequest,
    signal: AbortSignal,
  ): Promise<Page<Static<S>>> {
    const query = `n=${n}${parameter('last', last)}${parameter('of', of)}`;
    const answer = await this.#send('GET', `/coppice/v1${path}?${query}`, undefined, signal);
    const { items } = believe(listOf(schema), bodyOf(answer), this.#server.origin);
    const { link = '' } = answer.headers;
    const next = /[?&]last=([^&>]*)[^>]*>; *rel="next"/.exec(String(link))?.[1];
    return next === undefined ? { items } : { items, last: decodeURIComponent(next) };
  }

  async #ask<S extends TSchema>(
    schema: S,
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    waitMs = this.#timeoutMs,
  ): Promise<Static<S>> {
    const answer = await this.#send(method, `/coppice/v1${path}`, body, signal, waitMs);
    return believe(schema, bodyOf(answer), this.#server.origin);
  }

  async #send(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    waitMs = this.#timeoutMs,
  ): Promise<Answered> {
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    const { origin } = this.#server;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    const asked = { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    let answer: Answered;
    try {
      answer = await exchange(this.#server, asked, limited);
    } catch (cause) {
      signal.throwIfAborted();
      throw new Unanswered(`no admin API answers at ${origin}: ${reasonOf(cause)}`, { cause });
    }
    if (answer.status < 200 || answer.status > 299) throw problemOf(bodyOf(answer), answer.status, origin);
    return answer;
  }
}

/** `undefined` for an empty body. A text that is not JSON is itself: nobody believes it. */
function bodyOf({ text }: Answered): unknown {
  return text === '' ? undefined : parsed(text);
}

function listOf<S extends TSchema>(schema: S) {
  return Type.Object({ items: Type.Array(schema) });
}

function parameter(name: string, value: string | undefined): string {
  return value === undefined ? '' : `&${name}=${encodeURIComponent(value)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function believe<S extends TSchema>(schema: S, body: unknown, origin: string): Static<S> {
  if (Check(schema, body)) return body;
  throw new Unanswered(`the answer of ${origin} is not understood: is it the admin API of this version?`);
}

const ProblemBody = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  mistakes: Type.Optional(Type.Array(Type.Object({ path: Type.String(), says: Type.String() }))),
});

function problemOf(body: unknown, status: number, origin: string): Error {
  if (Check(ProblemBody, body) && isProblemCode(body.code)) {
    const mistakes: readonly ProblemMistake[] = body.mistakes ?? [];
    return new Problem(body.code, body.detail, mistakes);
  }
  return new Unanswered(`${origin} answered ${status}: is it an admin API?`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && error.cause.message !== '') return error.cause.message;
  // Several addresses of one name were tried: the message is empty, and the code says why.
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
