import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Type from 'typebox';
import type { AdminVerb } from '../config/admin.ts';
import { type Caller, mustBeAllowed } from './access.ts';
import type { Administration } from './administration.ts';
import type { Page as PageOf, PageRequest } from '../../core/admin/paging.ts';
import { Problem } from '../../core/admin/problem.ts';
import {
  Approval,
  ItemsPage,
  Nudge,
  type NudgeAnswer,
  Page,
  Protect,
  ReadOnlyDeclaration,
  ReadOnlyOwner,
  RunName,
  RunOrder,
  SourceName,
  UndeleteTarget,
} from '../../core/admin/schema.ts';

type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

const base = '/coppice/v1';
const runParams = Type.Object({ id: RunName });
const sourceParams = Type.Object({ source: SourceName });
const usualPage = 100;
const longestNudge = 1024;

/** Look at the gate now, and say what was acknowledged. */
export type AnswerNudge = (epoch: number, signal: AbortSignal) => Promise<NudgeAnswer>;

export function addRoutes(app: App, administration: () => Administration, nudge: AnswerNudge): void {
  addRuns(app, administration);
  addProtections(app, administration);
  addDeletions(app, administration);

  app.get(`${base}/status`, async (request, reply) => {
    allowed(request, 'read');
    return administration().status(gone(reply));
  });
  app.post(`${base}/audit`, async (request, reply) => {
    allowed(request, 'plan');
    return administration().audit(gone(reply));
  });
  // Of anybody, so it may cost no more than a look at the gate.
  app.post(`${base}/nudge`, { schema: { body: Nudge }, bodyLimit: longestNudge }, async (request, reply) =>
    nudge(request.body.epoch, gone(reply)),
  );
  app.put(`${base}/read-only`, { schema: { body: ReadOnlyDeclaration } }, async (request, reply) => {
    const { name } = allowed(request, 'execute');
    await administration().declareReadOnly(request.body.reason, request.body.owner ?? name, gone(reply));
    return reply.code(204).send();
  });
  app.delete(`${base}/read-only`, { schema: { querystring: ReadOnlyOwner } }, async (request, reply) => {
    allowed(request, 'execute');
    await administration().withdrawReadOnly(request.query.owner, gone(reply));
    return reply.code(204).send();
  });
}

function addRuns(app: App, administration: () => Administration): void {
  app.post(`${base}/runs`, { schema: { body: RunOrder } }, async (request, reply) => {
    const { id, mode } = request.body;
    const { name } = allowed(request, mode);
    const run = await administration().beginRun(request.body, name, gone(reply));
    return reply.code(202).header('location', `${base}/runs/${id}`).send(run);
  });
  app.get(`${base}/runs/:id`, { schema: { params: runParams } }, async (request, reply) => {
    allowed(request, 'read');
    return administration().run(request.params.id, gone(reply));
  });
  app.get(
    `${base}/runs/:id/items`,
    { schema: { params: runParams, querystring: ItemsPage } },
    async (request, reply) => {
      allowed(request, 'read');
      const { id } = request.params;
      const { of } = request.query;
      const asked = pageOf(request.query);
      const page = await administration().items(id, { ...asked, ...(of === undefined ? {} : { of }) }, gone(reply));
      const query = of === undefined ? '' : `of=${encodeURIComponent(of)}&`;
      return answerPage(reply, `${base}/runs/${id}/items?${query}`, asked, page);
    },
  );
  app.post(`${base}/runs/:id/approve`, { schema: { params: runParams, body: Approval } }, async (request, reply) => {
    const { name } = allowed(request, 'execute');
    return administration().approve(request.params.id, request.body.plan, name, gone(reply));
  });
  app.post(`${base}/runs/:id/cancel`, { schema: { params: runParams } }, async (request, reply) => {
    // Whoever may order such a run may stop it.
    const { mode } = await administration().run(request.params.id, gone(reply));
    const { name } = allowed(request, mode);
    return administration().cancel(request.params.id, name, gone(reply));
  });
}

function addProtections(app: App, administration: () => Administration): void {
  app.get(`${base}/protections`, async (request, reply) => {
    allowed(request, 'read');
    return { items: await administration().protections(gone(reply)) };
  });
  app.put(
    `${base}/protections/:source`,
    { schema: { params: sourceParams, body: Protect } },
    async (request, reply) => {
      allowed(request, 'execute');
      return administration().protect(request.params.source, request.body, gone(reply));
    },
  );
  app.delete(`${base}/protections/:source`, { schema: { params: sourceParams } }, async (request, reply) => {
    allowed(request, 'execute');
    await administration().forget(request.params.source, gone(reply));
    return reply.code(204).send();
  });
}

function addDeletions(app: App, administration: () => Administration): void {
  app.get(`${base}/tombstones`, { schema: { querystring: Page } }, async (request, reply) => {
    allowed(request, 'read');
    const asked = pageOf(request.query);
    return answerPage(reply, `${base}/tombstones?`, asked, await administration().tombstones(asked, gone(reply)));
  });
  app.post(`${base}/undelete`, { schema: { body: UndeleteTarget } }, async (request, reply) => {
    const { name } = allowed(request, 'execute');
    return administration().undelete(request.body, name, gone(reply));
  });
}

function allowed(request: FastifyRequest, verb: AdminVerb): Caller {
  const { caller } = request;
  if (caller === undefined) throw new Problem('UNAUTHENTICATED', 'nobody asks');
  mustBeAllowed(caller, verb);
  return caller;
}

/** Aborted when the caller has gone before its answer. */
function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the caller has gone'));
  });
  return controller.signal;
}

function pageOf({ n, last }: { readonly n?: string; readonly last?: string }): PageRequest {
  return { n: n === undefined ? usualPage : Number(n), ...(last === undefined ? {} : { last }) };
}

/** As the lists of the registry API: `Link` names the next page, and its absence the end. `path` ends where its query goes on. */
async function answerPage<T>(
  reply: FastifyReply,
  path: string,
  { n }: PageRequest,
  { items, last }: PageOf<T>,
): Promise<FastifyReply> {
  if (last !== undefined) void reply.header('link', `<${path}n=${n}&last=${encodeURIComponent(last)}>; rel="next"`);
  return reply.send({ items });
}
