import type { eventRoutes } from "../../contract/v2/event-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { ApiContext } from "../context.ts";
import { bind, type BoundRoute } from "./bound-route.ts";
import { EventStreams } from "./event-streams.ts";
import { listEvents } from "./events.ts";

/** Binds the routes of events. */
export function boundEvents(context: ApiContext): Record<keyof typeof eventRoutes, BoundRoute> {
  const streams = new EventStreams(context);
  return {
    listEvents: bind(context, v2Routes.listEvents, (request) => listEvents(context, request)),
    watchEvents: bind(context, v2Routes.watchEvents, (request) => streams.serve(request)),
  };
}
