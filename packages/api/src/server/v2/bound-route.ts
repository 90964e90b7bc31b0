import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { Turns } from "@flotilla/runtime";
import { limits } from "../../contract/limits.ts";
import { V2_BASE } from "../../contract/v2/endpoints.ts";
import type { Route } from "../../contract/v2/route.ts";
import { type Outcome, sendOutcome } from "../answer.ts";
import { checked } from "../checked.ts";
import type { RequestAccess } from "../access/request-access.ts";
import { untilClientGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { type Intake, jsonBody, requireJsonType } from "../request-body.ts";

/** A request that matches its route's schemas. */
export interface Checked<R extends Route> {
  readonly params: z.output<R["params"]>;
  readonly query: z.output<R["query"]>;
  readonly body: z.output<R["body"]>;
  /** Aborts when the client closes the connection; see client-gone.ts. */
  readonly signal: AbortSignal;
  /** The reply, to which streams write directly. */
  readonly reply: FastifyReply;
  /** What the caller may do. */
  readonly access: RequestAccess;
}

/** A route of the contract with its handler. */
export interface BoundRoute {
  readonly route: Route;
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => Promise<Outcome>;
}

/** Binds a handler to its route. The handler sees only requests that match the schemas. */
export function bind<R extends Route>(
  { intake, accessOf }: Pick<ApiContext, "intake" | "accessOf">,
  route: R,
  handle: (request: Checked<R>) => Promise<Outcome>,
): BoundRoute {
  return {
    route,
    answer: async (request, reply) => {
      const signal = untilClientGone(reply);
      const given = await bodyFor(route, reply, intake);
      const { params, query, body } = await intake.turns.run(() => ({
        params: checked<R["params"]>(route.params, request.params, "bad-request", "the path"),
        query: checked<R["query"]>(route.query, request.query, "bad-query", "the query"),
        body: checked<R["body"]>(route.body, given, "bad-request", "the body"),
      }));
      return handle({ params, query, body, signal, reply, access: accessOf(request) });
    },
  };
}

/** @param streams whether the route is a stream, which does not support HEAD. */
export function addBoundRoute(
  app: FastifyInstance,
  { route, answer }: BoundRoute,
  { streams, turns }: { readonly streams: boolean; readonly turns: Turns },
): void {
  app.route({
    method: route.method,
    url: V2_BASE + route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    exposeHeadRoute: !streams,
    config: { access: { needs: route.needs, isPublic: route.isPublic ?? false } },
    handler: async (request, reply) => {
      await sendOutcome(reply, await answer(request, reply), turns);
      return reply;
    },
  });
}

async function bodyFor(route: Route, reply: FastifyReply, intake: Intake): Promise<unknown> {
  if (route.body instanceof z.ZodUndefined) return undefined;
  requireJsonType(reply.request);
  return jsonBody(reply, route.bodyLimit ?? limits.bodyBytes, intake);
}
