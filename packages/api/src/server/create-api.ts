import type { FastifyInstance } from "fastify";
import { Turns } from "@flotilla/runtime";
import { type AccessObserver, Guard, METRICS_PATH } from "./access/guard.ts";
import type { EntranceHandler } from "./access/entrance.ts";
import { limits } from "../contract/limits.ts";
import { bareServer } from "./bare-server.ts";
import { BodyBudget } from "./body-budget.ts";
import type { ApiContext, ApiParts } from "./context.ts";
import { refuseOtherMethods } from "./method-not-allowed.ts";
import { Lanes } from "./lanes.ts";
import { RequestError } from "./request-error.ts";
import { unavailableMessage } from "./unavailable.ts";
import { Slots } from "./slots.ts";
import { addV1Routes } from "./v1/routes-v1.ts";
import { addV2Routes } from "./v2/routes.ts";

export interface ApiOptions extends ApiParts {
  /** Called at each request; returns why this daemon cannot serve, for example because of a duplicate machine ID. */
  readonly availability: () => string | undefined;
  /** Returns the daemon's metrics in Prometheus' text format. */
  readonly metrics?: () => Promise<string>;
  readonly onRequest?: RequestObserver;
  readonly onAccess?: AccessObserver;
}

/**
 * Called at the beginning of each request; returns a function that is called with the status at the end. A stream ends
 * when its reader has disconnected.
 * @param route the route with the names of its parameters, not their values; "unknown" without a route.
 */
export type RequestObserver = (method: string, route: string) => (status: number) => void;

export interface Api {
  /** Answers requests of any number of servers, which the caller opens and closes. */
  readonly handler: EntranceHandler;
  /** Ends every stream with a reason, also streams opened later. Other requests still get answers. */
  close(): Promise<void>;
}

/** Prometheus' text exposition format, version 0.0.4. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Creates API v1 and v2 over one store. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const closing = new AbortController();
  const guard = new Guard({ ...options, ...options.access });
  const context = contextOf(options, guard, closing.signal);
  const app = bareServer(context.log);
  const { availability, metrics, onRequest } = options;
  if (onRequest) observeRequests(app, onRequest);
  refuseWhile(app, availability);
  guard.guard(app);

  const otherMethods = refuseOtherMethods(app);
  addV1Routes(app, context);
  addV2Routes(app, context);
  if (metrics) addMetrics(app, metrics);
  otherMethods.complete();
  await app.ready();

  return {
    handler: (request, response, entrance) => {
      guard.setEntrance(request, entrance);
      response.setHeader("server", `fleetd/${context.version}`);
      app.routing(request, response);
    },
    close: async () => {
      closing.abort(stopping());
    },
  };
}

function contextOf(
  {
    units,
    settings,
    memberships,
    access,
    attendance,
    cluster,
    inspector,
    operator,
    secrets,
    audits,
    storeKeeper,
    rotation,
    movePlanner,
    explain,
    planner,
    machineID,
    version,
    tokenLimit,
    clock,
    log,
  }: ApiParts,
  guard: Guard,
  closing: AbortSignal,
): ApiContext {
  return {
    units,
    settings,
    memberships,
    access,
    attendance,
    cluster,
    inspector,
    operator,
    secrets,
    audits,
    storeKeeper,
    rotation,
    movePlanner,
    explain,
    planner,
    machineID,
    version,
    tokenLimit,
    clock,
    log,
    intake: { bodies: new BodyBudget(limits.allBodiesBytes), turns: new Turns(clock) },
    journals: new Slots(limits.journalStreams, "journals"),
    statuses: new Lanes(limits.statusesAtOnce),
    accessOf: (request) => guard.accessOf(request),
    closing,
  };
}

/** Answers 503 while the daemon cannot serve, except for metrics. */
function refuseWhile(app: FastifyInstance, availability: ApiOptions["availability"]): void {
  app.addHook("onRequest", async (request) => {
    const why = availability();
    if (why !== undefined && request.routeOptions.url !== METRICS_PATH) {
      throw new RequestError("unavailable", unavailableMessage(why));
    }
  });
}

function observeRequests(app: FastifyInstance, onRequest: RequestObserver): void {
  app.addHook("onRequest", async ({ method, routeOptions }, { raw }) => {
    const onEnd = onRequest(method, routeOptions.url ?? "unknown");
    raw.once("close", () => onEnd(raw.statusCode));
  });
}

function addMetrics(app: FastifyInstance, metrics: () => Promise<string>): void {
  app.get(METRICS_PATH, { config: { access: { needs: ["read"] } } }, async (_request, reply) => {
    reply.header("content-type", METRICS_TYPE);
    return metrics();
  });
}

function stopping(): RequestError {
  return new RequestError("unavailable", "this daemon is stopping; ask another daemon, or try again in a moment");
}
