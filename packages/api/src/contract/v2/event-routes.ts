import type { Verb } from "@flotilla/access";
import { v2Endpoints } from "./endpoints.ts";
import { eventLine, eventsAnswer, eventsQuery, watchEventsQuery } from "./events.ts";
import * as requests from "./requests.ts";
import { json, type Route } from "./route.ts";

const READ: readonly Verb[] = ["read"];

/** The routes of events. */
export const eventRoutes = {
  listEvents: {
    ...v2Endpoints.listEvents,
    needs: READ,
    summary: "Return what happened in the cluster, and why.",
    params: requests.noParams,
    query: eventsQuery,
    body: requests.noBody,
    answers: { 200: json(eventsAnswer) },
    errors: ["compacted"],
  },
  watchEvents: {
    ...v2Endpoints.watchEvents,
    needs: READ,
    summary: "Stream events as they happen, one JSON object a line.",
    params: requests.noParams,
    query: watchEventsQuery,
    body: requests.noBody,
    answers: { 200: { type: "application/x-ndjson", schema: eventLine } },
    errors: ["compacted", "slow-reader"],
  },
} as const satisfies Readonly<Record<string, Route>>;
