import * as z from "zod";
import type { Verb } from "@flotilla/access";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import * as requests from "./requests.ts";
import { type Answer, json, type Route } from "./route.ts";

const READ: readonly Verb[] = ["read"];
const text: Answer<z.ZodString> = { type: "text/plain", schema: z.string() };

/** The routes that reach units on their machines. */
export const inspectionRoutes = {
  getUnitStatus: {
    ...v2Endpoints.getUnitStatus,
    needs: ["status"],
    summary: "Show the output of `systemctl status` for a unit on its machines.",
    params: requests.nameParams,
    query: requests.statusQuery,
    body: requests.noBody,
    answers: { 200: json(requests.unitStatuses) },
    errors: [
      "unit-not-found",
      "unit-unreadable",
      "machine-not-found",
      "not-placed",
      "ambiguous-machine",
      "machine-unreachable",
    ],
  },
  getUnitProperties: {
    ...v2Endpoints.getUnitProperties,
    needs: ["status"],
    summary: "Show the output of `systemctl show` for a unit on its machines.",
    params: requests.nameParams,
    query: requests.propertiesQuery,
    body: requests.noBody,
    answers: { 200: json(requests.unitProperties) },
    errors: [
      "unit-not-found",
      "unit-unreadable",
      "machine-not-found",
      "not-placed",
      "ambiguous-machine",
      "machine-unreachable",
    ],
  },
  listTimers: {
    ...v2Endpoints.listTimers,
    needs: READ,
    summary: "List the wanted timers, with their times as systemd has them on their machines.",
    params: requests.noParams,
    query: requests.triggersQuery,
    body: requests.noBody,
    answers: { 200: json(requests.timersAnswer) },
    errors: [],
  },
  listSockets: {
    ...v2Endpoints.listSockets,
    needs: READ,
    summary: "List the wanted sockets, with their addresses as systemd has them on their machines.",
    params: requests.noParams,
    query: requests.triggersQuery,
    body: requests.noBody,
    answers: { 200: json(requests.socketsAnswer) },
    errors: [],
  },
  getUnitJournal: {
    ...v2Endpoints.getUnitJournal,
    needs: ["journal"],
    summary: "Stream a unit's journal from its machine.",
    params: requests.nameParams,
    query: requests.journalQuery,
    body: requests.noBody,
    answers: { 200: text },
    errors: [
      "unit-not-found",
      "unit-unreadable",
      "machine-not-found",
      "not-placed",
      "ambiguous-machine",
      "machine-unreachable",
    ],
  },
  actOnUnit: {
    ...v2Endpoints.actOnUnit,
    needs: ["kill", "reset-failed", "reload", "restart"],
    summary: "Kill, reload or restart a unit, or clear its failed state, on its machines or on one of them.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.unitActionBody,
    answers: { 200: json(requests.unitActionResults) },
    errors: [
      "bad-json",
      "bad-request",
      "unit-not-found",
      "unit-unreadable",
      "machine-not-found",
      "not-placed",
      "ambiguous-machine",
      "body-too-large",
      "unsupported-media-type",
      "machine-unreachable",
    ],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
