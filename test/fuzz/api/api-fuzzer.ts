import { messageOf } from "@flotilla/runtime";
import { type Finding, type Fuzzer, printable } from "../fuzzer.ts";
import { type ApiUnderTest, openApiUnderTest } from "./api-under-test.ts";
import { type DrawnRequest, drawRequest } from "./draw-request.ts";
import { judge } from "./judge.ts";
import { type Operation, operationsOfDiscovery, operationsOfOpenApi } from "./operations.ts";
import { sendRaw } from "./raw-request.ts";

/** The run stops after this many findings: more of them would repeat the same bug. */
const MOST_FINDINGS = 100;

/**
 * Sends requests made from the API's own documents, from valid to hostile, to a server in this process. The server must
 * answer each request in time, as the document says, and log no error. No request may create a malformed key.
 */
export const apiFuzzer: Fuzzer = {
  name: "api",
  summary: "requests made from the API's OpenAPI document (v2) and discovery document (v1)",
  length: 2_000,
  run: async (random, length) => {
    await using api = await openApiUnderTest();
    const operations = await operationsOf(api);
    const findings: Finding[] = [];
    for (let index = 0; index < length && findings.length < MOST_FINDINGS; index += 1) {
      const request = drawRequest(random.fork(), operations);
      const wrong = await tried(api, request);
      if (wrong !== undefined) findings.push({ index, input: described(request), wrong });
    }
    for (const key of await api.malformedKeys())
      findings.push({ index: length, input: printable(key), wrong: "requests created a malformed key in the store" });
    return findings;
  },
};

async function tried(api: ApiUnderTest, request: DrawnRequest): Promise<string | undefined> {
  try {
    const wrong = judge(request, await sendRaw(api.socketPath, request));
    const [logged] = api.takeErrors();
    return wrong ?? (logged === undefined ? undefined : `logged: ${logged}`);
  } catch (error) {
    return messageOf(error);
  }
}

async function operationsOf(api: ApiUnderTest): Promise<Operation[]> {
  return [
    ...operationsOfOpenApi(await document(api, "/fleet/v2/openapi.json")),
    ...operationsOfDiscovery(await document(api, "/fleet/v1/discovery")),
  ];
}

async function document(api: ApiUnderTest, target: string): Promise<unknown> {
  const { body } = await sendRaw(api.socketPath, { method: "GET", target, headers: [], body: undefined });
  return JSON.parse(body);
}

function described({ method, target, headers, body }: DrawnRequest): string {
  const sent = headers.filter(([name]) => name !== "Content-Length").map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${printable(target)}`, ...sent.map(printable), printable(body?.toString() ?? "")].join(" | ");
}
