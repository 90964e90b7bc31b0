import { drawRequest } from "../../fuzz/api/draw-request.ts";
import { type Operation, operationsOfDiscovery, operationsOfOpenApi } from "../../fuzz/api/operations.ts";
import { sendRaw } from "../../fuzz/api/raw-request.ts";
import type { Attack } from "./attack.ts";

const METHODS = ["QUERY", "BREW", "TRACE", "PROPFIND", "CONNECT", "get", "", "GET\0"];
const TARGETS = [
  "/",
  "/fleet/v2/units",
  "/metrics",
  "*",
  "//",
  "http://x/fleet/v2/units",
  "/fleet/v2/units/%",
  "\u00ff",
];

/** Requests with methods and targets that have no route, and data that is not HTTP. */
export const badMethods: Attack = {
  name: "bad methods",
  pauseMs: 20,
  strike: async ({ socketPath, random }) => {
    const request = { method: random.pick(METHODS), target: random.pick(TARGETS), headers: [], body: undefined };
    await sendRaw(socketPath, request);
  },
};

/** Requests from valid to hostile, generated from the daemon's own documents. */
export async function fuzzedRequests(socketPath: string): Promise<Attack> {
  const operations = [
    ...operationsOfOpenApi(await documentOf(socketPath, "/fleet/v2/openapi.json")),
    ...operationsOfDiscovery(await documentOf(socketPath, "/fleet/v1/discovery")),
  ].filter(isHarmless);
  return {
    name: "fuzzed requests",
    pauseMs: 10,
    strike: async (target) => {
      await sendRaw(socketPath, drawRequest(target.random, operations));
    },
  };
}

/** Returns whether to send an operation at all: these are legitimate requests that would change the cluster. */
function isHarmless({ method, path }: Operation): boolean {
  const endsHold = path.includes("/hold/");
  const movesStore = path.includes("/store/");
  const removesMachine = method === "DELETE" && path.endsWith("/machines/{id}");
  return !endsHold && !movesStore && !removesMachine;
}

async function documentOf(socketPath: string, target: string): Promise<unknown> {
  const { body } = await sendRaw(socketPath, { method: "GET", target, headers: [], body: undefined });
  return JSON.parse(body);
}
