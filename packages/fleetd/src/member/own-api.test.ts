import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { type Api } from "@flotilla/api";
import { OwnCluster, V2_BASE, v2Endpoints } from "@flotilla/api/http";
import { MemoryLinkServer, openMemoryLink } from "@flotilla/link/memory";
import { MachineRights } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { openRemoteStore, STORE_PATH, storeHandler } from "@flotilla/store/remote";
import { createOwnApi } from "./own-api.ts";
import type { Parts } from "./parts.ts";

const MACHINE = "a".repeat(32);

/** What each operation that only reads answers without a token. Every other operation needs a token. */
const READS: Readonly<Record<string, number>> = {
  ...{
    listUnits: 200,
    getUnit: 404,
    getUnitFile: 404,
    getUnitStatus: 404,
    getUnitJournal: 404,
    explainUnit: 404,
    listStates: 200,
    listRuns: 404,
    getUnitProperties: 404,
    listTimers: 200,
    listSockets: 200,
  },
  ...{ listMachines: 200, whoAmI: 200, getAuthority: 200, getStore: 200, getOpenApi: 200, getVersion: 200, watch: 503 },
};

let api: Api;
let port: number;
const server = createServer((incoming, response) => api.handler(incoming, response, { kind: "socket" }));

before(async () => {
  const clock = new ManualClock();
  const common = { clock, random: () => 0.5, log: silentLogger };
  const memory = new MemoryStore({ clock }).connect();
  const handler = storeHandler({ store: memory, leases: memory, rightsOf: (id) => new MachineRights(id), clock });
  const gateway = new MemoryLinkServer({ name: "s1", clock, routes: new Map([[STORE_PATH, handler]]) });
  const link = openMemoryLink({ machineID: MACHINE, servers: [gateway], clock });
  const store = openRemoteStore({ ...common, link, requestTimeoutMs: 5_000 });
  const machine = { id: MACHINE, primaryIP: "10.0.0.1", metadata: {}, version: "", peerPort: 0, bootID: "" } as never;
  const cluster = new OwnCluster({
    machine: () => machine,
    assignments: () => ({ all: new Map(), revision: 1 }),
    states: () => new Map(),
    fileOf: () => Promise.reject(new Error("no file")),
  });
  const parts = {
    ...{ ...common, user: false, store, config: { token_limit: 100 } },
    facts: { id: MACHINE },
    access: { role: "agent", link: { status: {} }, removed: new AbortController().signal },
    metrics: { text: async () => "", request: () => () => {} },
  };
  api = await createOwnApi(parts as unknown as Parts, { cluster, authority: () => "" });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
test("whoami says that the caller is the machine", async () => {
  const answer = await fetch(`http://127.0.0.1:${port}${V2_BASE}${v2Endpoints.whoAmI.path}`);
  assert.deepEqual(await answer.json(), { kind: "machine", name: MACHINE });
});

after(async () => {
  await api.close();
  server.close();
  server.closeAllConnections();
});

async function ask(method: string, path: string): Promise<readonly [number, string]> {
  const sent = request({ host: "127.0.0.1", port, method, path, agent: false }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return [answer.statusCode ?? 0, await text(answer)];
}

for (const [operation, { method, path }] of Object.entries(v2Endpoints))
  test(`an agent's socket answers ${operation} without a token with ${READS[operation] ?? 401}`, async () => {
    const url = V2_BASE + path.replaceAll(/\{\w+\}/g, "a.service");
    const [status, body] = await ask(method, url);
    assert.equal(status, READS[operation] ?? 401, `${method} ${url}: ${body}`);
    if (status === 401) assert.match(body, /send a token, so that a server answers/);
  });

for (const [path, wanted] of [
  ["/fleet/v1/units", 200],
  ["/fleet/v1/machines", 200],
  ["/fleet/v1/state", 200],
  ["/v1-alpha/units", 200],
  ["/metrics", 200],
] as const)
  test(`an agent's socket answers GET ${path} without a token with ${wanted}`, async () => {
    const [status, body] = await ask("GET", path);
    assert.equal(status, wanted, body);
  });
