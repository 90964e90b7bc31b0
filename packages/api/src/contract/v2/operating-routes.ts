import type { Verb } from "@flotilla/access";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import { machineParams } from "./machine-requests.ts";
import * as operating from "./operating.ts";
import { nameParams, noBody, noParams, noQuery } from "./requests.ts";
import { json, type Route } from "./route.ts";

const DRAIN: readonly Verb[] = ["drain"];
const BODY = ["bad-json", "bad-request", "body-too-large", "unsupported-media-type"] as const;
const MACHINE = ["machine-not-found", "ambiguous-machine", "conflict"] as const;

/** The routes by which operators take machines out of use, and move units. */
export const operatingRoutes = {
  cordonMachine: {
    ...v2Endpoints.cordonMachine,
    needs: DRAIN,
    summary: "Cordon a machine, present or away: it gets no further units, and keeps those that it has.",
    params: machineParams,
    query: noQuery,
    body: operating.cordonBody,
    answers: { 200: json(operating.upkeepAnswer) },
    errors: [...BODY, ...MACHINE],
  },
  uncordonMachine: {
    ...v2Endpoints.uncordonMachine,
    needs: DRAIN,
    summary: "End the cordon of a machine, and its drain.",
    params: machineParams,
    query: noQuery,
    body: noBody,
    answers: { 200: json(operating.upkeepAnswer) },
    errors: MACHINE,
  },
  drainMachine: {
    ...v2Endpoints.drainMachine,
    needs: DRAIN,
    summary: "Drain a machine: its units go elsewhere, each after its replacement is up. Replaces an earlier drain.",
    params: machineParams,
    query: noQuery,
    body: operating.drainBody,
    answers: { 200: json(operating.upkeepAnswer) },
    errors: [...BODY, ...MACHINE],
  },
  undrainMachine: {
    ...v2Endpoints.undrainMachine,
    needs: DRAIN,
    summary: "End the drain of a machine. A cordon stays. Units that have left do not return.",
    params: machineParams,
    query: noQuery,
    body: noBody,
    answers: { 200: json(operating.upkeepAnswer) },
    errors: MACHINE,
  },
  getDrain: {
    ...v2Endpoints.getDrain,
    needs: ["read"] as readonly Verb[],
    summary: "Show how far the drain of a machine is, or with `preview` where its units would go.",
    params: machineParams,
    query: operating.drainQuery,
    body: noBody,
    answers: { 200: json(operating.drainReport) },
    errors: ["machine-not-found", "ambiguous-machine"],
  },
  moveUnit: {
    ...v2Endpoints.moveUnit,
    needs: ["move"] as readonly Verb[],
    summary: "Move a unit once, to a machine or to the best other one. Its copy runs until it is up there.",
    params: nameParams,
    query: noQuery,
    body: operating.moveUnitBody,
    answers: { 200: json(operating.moveUnitAnswer) },
    errors: [...BODY, ...MACHINE, "unit-not-found", "unit-unreadable", "not-placed", "move-refused"],
  },
  rebalance: {
    ...v2Endpoints.rebalance,
    needs: DRAIN,
    summary: "Move a few units from the most to the least loaded machines, where that helps clearly.",
    params: noParams,
    query: noQuery,
    body: operating.rebalanceBody,
    answers: { 200: json(operating.rebalanceAnswer) },
    errors: [...BODY, "conflict"],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
