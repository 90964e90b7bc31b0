import { v2Endpoints, type V2Operation } from "./endpoints.ts";
import * as requests from "./requests.ts";
import { json, type Route } from "./route.ts";
import { runsAnswer, startRunAnswer, startRunBody } from "./runs.ts";

/** The routes about runs of units. */
export const runRoutes = {
  listRuns: {
    ...v2Endpoints.listRuns,
    needs: ["read"],
    summary: "List the last runs of a unit, the latest first. They outlive the machines that they were on.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: requests.noBody,
    answers: { 200: json(runsAnswer) },
    errors: ["unit-not-found", "unit-unreadable"],
  },
  startRun: {
    ...v2Endpoints.startRun,
    needs: ["start"],
    summary: "Start a run of a loaded service that does not run, on its machine. The desired state does not change.",
    params: requests.nameParams,
    query: requests.noQuery,
    body: startRunBody,
    answers: { 200: json(startRunAnswer) },
    errors: [
      "bad-json",
      "bad-request",
      "unit-not-found",
      "unit-unreadable",
      "machine-not-found",
      "not-placed",
      "ambiguous-machine",
      "run-refused",
      "body-too-large",
      "unsupported-media-type",
      "machine-unreachable",
    ],
  },
} as const satisfies Partial<Record<V2Operation, Route>>;
