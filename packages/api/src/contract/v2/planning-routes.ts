import { limits } from "../limits.ts";
import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import { explanation, planAnswer, planBody } from "./planning.ts";
import * as requests from "./requests.ts";
import { json, type Route } from "./route.ts";

/** The routes that show what the scheduler thinks, and change nothing. */
export const planningRoutes = {
  explainUnit: {
    ...v2Endpoints.explainUnit,
    needs: ["read"],
    summary: "Show what each machine is for a unit: it has the unit, could take it, or is ruled out, and why.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(explanation) },
    errors: ["unit-not-found", "unit-unreadable"],
  },
  planUnits: {
    ...v2Endpoints.planUnits,
    needs: ["read"],
    summary: "Show what would happen if units were submitted and started. Changes nothing.",
    params: requests.noParams,
    query: requests.noQuery,
    body: planBody,
    bodyLimit: limits.planBodyBytes,
    answers: { 200: json(planAnswer) },
    errors: ["bad-json", "bad-request", "body-too-large", "unsupported-media-type"],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
