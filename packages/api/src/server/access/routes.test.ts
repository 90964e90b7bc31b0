import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Grant, Verb } from "@flotilla/access";
import { V2_BASE, v2Endpoints, type V2Operation } from "../../contract/v2/endpoints.ts";
import { call, MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import { errorIn, placed } from "../v2/v2.fixture.ts";
import discovery from "../v1/discovery-v1.json" with { type: "json" };
import { FakeTokens } from "./access.fixture.ts";
import type { Entrance } from "./entrance.ts";

/** The text of a unit that a deployer may submit, and that differs from the stored one. */
const TEXT = "[Service]\nDynamicUser=yes\nExecStart=/bin/true\n";
const GRANTS: readonly Grant[] = [
  { role: "viewer" },
  { role: "operator" },
  { role: "deployer", units: ["a*"], machineMetadata: {}, users: [], admit: "unprivileged" },
  { role: "admin" },
];

interface Case {
  readonly path: string;
  readonly body?: unknown;
  readonly verb: Verb | "known" | "public";
}

/** A request to each route of v2, with the right that it needs. The type asks for a new route. */
const V2: Readonly<Record<V2Operation, readonly Case[]>> = {
  listUnits: [{ path: "/units", verb: "read" }],
  getUnit: [{ path: "/units/a.service", verb: "read" }],
  getUnitFile: [{ path: "/units/a.service/file", verb: "read" }],
  putUnit: [
    { path: "/units/a.service", body: { file: TEXT, replace: true }, verb: "submit" },
    { path: "/units/a-new.service", body: { file: TEXT }, verb: "submit" },
    { path: "/units/a.service", body: { desiredState: "loaded" }, verb: "stop" },
    { path: "/units/a.service", body: { desiredState: "inactive" }, verb: "unload" },
    { path: "/units/a.service", body: { desiredState: "loaded" }, verb: "load" },
    { path: "/units/a.service", body: { desiredState: "launched" }, verb: "start" },
    { path: "/units/a.service", body: { desiredState: "launched", restart: true }, verb: "restart" },
  ],
  explainUnit: [{ path: "/units/a.service/explanation", verb: "read" }],
  planUnits: [{ path: "/plan", body: { units: [{ name: "a.service" }] }, verb: "read" }],
  getUnitStatus: [{ path: "/units/a.service/status", verb: "status" }],
  getUnitProperties: [{ path: "/units/a.service/properties", verb: "status" }],
  getHealth: [{ path: "/health", verb: "read" }],
  listTimers: [{ path: "/timers", verb: "read" }],
  listSockets: [{ path: "/sockets", verb: "read" }],
  actOnUnit: (["kill", "reset-failed", "reload", "restart"] as const).map((action) => ({
    path: "/units/a.service/actions",
    body: { action },
    verb: action,
  })),
  listRuns: [{ path: "/units/a.service/runs", verb: "read" }],
  startRun: [{ path: "/units/a.service/runs", body: { id: "1" }, verb: "start" }],
  getUnitJournal: [{ path: "/units/a.service/journal", verb: "journal" }],
  listStates: [{ path: "/states", verb: "read" }],
  listMachines: [{ path: "/machines", verb: "read" }],
  removeMachine: [{ path: `/machines/${MACHINE_A}`, verb: "remove-machine" }],
  editMachineMetadata: [{ path: `/machines/${MACHINE_A}/metadata`, body: { set: { a: "b" } }, verb: "metadata" }],
  forgetMachineMetadata: [{ path: `/machines/${MACHINE_A}/metadata`, verb: "metadata" }],
  cordonMachine: [{ path: `/machines/${MACHINE_A}/cordon`, body: {}, verb: "drain" }],
  uncordonMachine: [{ path: `/machines/${MACHINE_A}/cordon`, verb: "drain" }],
  drainMachine: [{ path: `/machines/${MACHINE_A}/drain`, body: {}, verb: "drain" }],
  undrainMachine: [{ path: `/machines/${MACHINE_A}/drain`, verb: "drain" }],
  getDrain: [{ path: `/machines/${MACHINE_A}/drain`, verb: "read" }],
  moveUnit: [{ path: "/units/a.service/move", body: {}, verb: "move" }],
  rebalance: [{ path: "/rebalance", body: { dryRun: true }, verb: "drain" }],
  releaseHold: [{ path: "/hold/release", verb: "release-hold" }],
  getBackup: [{ path: "/backup", verb: "read" }],
  listSecrets: [{ path: "/secrets", verb: "read" }],
  putSecret: [{ path: "/secrets/db", body: { value: "" }, verb: "secrets" }],
  deleteSecret: [{ path: "/secrets/db", verb: "secrets" }],
  getStore: [{ path: "/store", verb: "read" }],
  getRotation: [{ path: "/authority/rotation", verb: "read" }],
  beginRotation: [{ path: "/authority/rotation", body: {}, verb: "rotate-ca" }],
  endRotation: [{ path: "/authority/rotation/end", body: {}, verb: "rotate-ca" }],
  readAudit: [{ path: "/audit", verb: "audit" }],
  moveStore: [{ path: "/store/move", body: {}, verb: "store" }],
  getStoreBackup: [{ path: "/store/backup", verb: "store" }],
  watch: [{ path: "/watch?from=0", verb: "read" }],
  listEvents: [{ path: "/events", verb: "read" }],
  watchEvents: [{ path: "/events/watch?after=x", verb: "read" }],
  listTokens: [{ path: "/tokens", verb: "tokens" }],
  createToken: [{ path: "/tokens", body: { kind: "api", name: "x", role: "viewer" }, verb: "tokens" }],
  revokeToken: [{ path: "/tokens/x", verb: "tokens" }],
  canI: [{ path: "/can-i?verb=read", verb: "known" }],
  whoAmI: [{ path: "/whoami", verb: "known" }],
  getAuthority: [{ path: "/authority", verb: "public" }],
  getOpenApi: [{ path: "/openapi.json", verb: "read" }],
  getVersion: [{ path: "/version", verb: "read" }],
  destroyUnit: [{ path: "/units/a.service", verb: "destroy" }],
};

/** A request to each route of v1. A test compares them with fleet's discovery document. */
const V1: readonly (readonly [method: string, request: Case])[] = [
  ["GET", { path: "/discovery", verb: "read" }],
  ["GET", { path: "/machines", verb: "read" }],
  ["PATCH", { path: "/machines", body: [], verb: "metadata" }],
  ["GET", { path: "/units/a.service", verb: "read" }],
  ["GET", { path: "/units", verb: "read" }],
  ["PUT", { path: "/units/a.service", body: { desiredState: "loaded" }, verb: "stop" }],
  ["GET", { path: "/state", verb: "read" }],
  ["GET", { path: "/state/a.service", verb: "read" }],
  ["DELETE", { path: "/units/a.service", verb: "destroy" }],
];

const ROLES_OF: Readonly<Record<string, readonly string[]>> = {
  read: ["viewer", "operator", "deployer", "admin"],
  status: ["viewer", "operator", "deployer", "admin"],
  journal: ["viewer", "operator", "deployer", "admin"],
  known: ["viewer", "operator", "deployer", "admin", "machine"],
  public: ["viewer", "operator", "deployer", "admin", "machine", "none"],
  submit: ["deployer", "admin"],
  destroy: ["deployer", "admin"],
  drain: ["operator", "admin"],
  metadata: ["operator", "admin"],
  "release-hold": ["operator", "admin"],
  "remove-machine": ["admin"],
  "rotate-ca": ["admin"],
  secrets: ["admin"],
  store: ["admin"],
  audit: ["admin"],
  tokens: ["admin"],
};
const RUNNERS = ["operator", "deployer", "admin"];

/** An API on whose TCP port callers must show who they are. It has a.service on a machine, and a token for each role. */
async function lockedApi(t: TestContext, entrance: Entrance = { kind: "tls" }) {
  const tokens = new FakeTokens();
  const api = await testApi(t, { tokens, entrance, metrics: async () => "up 1\n" });
  await placed({ ...api, call: (method, path, request) => call(api.unix, method, path, request) });
  return { api, tokens, headers: new Map(GRANTS.map((grant) => [grant.role as string, tokens.add(grant)])) };
}

/** A caller without a token; "machine" calls through an agent's socket. */
const CALLERS = [...GRANTS.map(({ role }) => role as string), "none"];

const routes: readonly (readonly [string, string, Case])[] = [
  ...Object.entries(V2).flatMap(([operation, cases]) =>
    cases.map((one) => {
      const { method } = v2Endpoints[operation as V2Operation];
      return [method, V2_BASE + one.path, one] as const;
    }),
  ),
  ...["/fleet/v1", "/v1-alpha"].flatMap((base) => V1.map(([method, one]) => [method, base + one.path, one] as const)),
  ["GET", "/metrics", { path: "", verb: "read" }],
];

for (const [method, path, { body, verb }] of routes)
  test(`${method} ${path} ${JSON.stringify(body) ?? ""} needs the right to ${verb}`, async (t) => {
    const { api, headers } = await lockedApi(t);
    const roles = ROLES_OF[verb] ?? RUNNERS;
    // Callers without the right first, before the others change the cluster.
    for (const caller of CALLERS.toSorted((a, b) => Number(roles.includes(a)) - Number(roles.includes(b)))) {
      const reply = await api.call(method, path, { body, headers: headers.get(caller) ?? {} });
      const id = reply.status >= 400 ? errorIn(reply).id : "";
      if (roles.includes(caller)) assert.ok(!["unauthenticated", "forbidden"].includes(id), `${caller}: ${reply.text}`);
      else assert.equal(id, caller === "none" ? "unauthenticated" : "forbidden", `${caller}: ${reply.text}`);
      assert.notEqual(reply.status, 500, reply.text);
    }
  });

test("an agent's socket without a token shows status and journal of units on its machine, and nothing else", async (t) => {
  for (const machineID of [MACHINE_A, MACHINE_B]) {
    const { api } = await lockedApi(t, { kind: "machine", machineID });
    for (const [method, path, { body, verb }] of routes) {
      const reply = await api.call(method, path, { body });
      const isOwn = (verb === "status" || verb === "journal") && machineID === MACHINE_A;
      const isAllowed = isOwn || verb === "known" || verb === "public";
      assert.equal(reply.status === 403, !isAllowed, `${method} ${path}: ${reply.text}`);
    }
    for (const path of ["/units/none.service/status", `/units/a.service/journal?machine=${MACHINE_B}`])
      assert.equal(errorIn(await api.call("GET", V2_BASE + path)).id, "forbidden", path);
  }
});

test("a token counts on an agent's socket too", async (t) => {
  const { api, headers } = await lockedApi(t, { kind: "machine", machineID: MACHINE_B });
  assert.equal((await api.call("GET", `${V2_BASE}/units`, { headers: headers.get("viewer") ?? {} })).status, 200);
});

test("a deployer has rights only on its units, and each refusal names the right and the fix", async (t) => {
  const { api, headers } = await lockedApi(t);
  const as = headers.get("deployer") ?? {};
  const refusals: readonly (readonly [string, string, unknown, RegExp])[] = [
    [
      "PUT",
      "/units/b.service",
      { file: TEXT },
      /right "submit b\.service" is missing: token deployer .* units that match a\*/,
    ],
    ["DELETE", "/units/b.service", undefined, /right "destroy b\.service"/],
    ["POST", "/units/b.service/actions", { action: "kill" }, /right "kill b\.service"/],
    [
      "PUT",
      "/units/a2.service",
      { file: "[Service]\nExecStart=/bin/true\n" },
      /only unprivileged units: .* write DynamicUser=yes/,
    ],
    ["PUT", "/units/a.service", { file: "[Service]\nUser=root\n", replace: true }, /User= in \[Service\]/],
  ];
  for (const [method, path, body, message] of refusals) {
    const { id, message: said } = errorIn(await api.call(method, V2_BASE + path, { body, headers: as }));
    assert.equal(id, "forbidden");
    assert.match(said, message);
  }
  const options = [{ section: "Service", name: "ExecStart", value: "+/bin/sh" }];
  const v1 = await api.call("PUT", "/fleet/v1/units/a3.service", { body: { options }, headers: as });
  assert.match(errorIn(v1).message, /begin each command with its path/);
});

test("an operator starts instances of a template, and a deployer only if the template's file is one of its own", async (t) => {
  const { api, headers } = await lockedApi(t);
  const put = (name: string, body: object, who: string) =>
    api.call("PUT", `${V2_BASE}/units/${name}`, { body, headers: headers.get(who) ?? {} });
  assert.equal((await put("a@.service", { file: "[Service]\nExecStart=/bin/true\n" }, "admin")).status, 201);
  assert.equal((await put("a@1.service", { desiredState: "launched" }, "operator")).status, 201);
  assert.match(errorIn(await put("a@2.service", { desiredState: "launched" }, "deployer")).message, /DynamicUser=yes/);
});

test("an unknown path and an unknown method tell a stranger nothing", async (t) => {
  const { api } = await lockedApi(t);
  for (const [method, path] of [
    ["GET", "/fleet/v2/nothing"],
    ["POST", "/fleet/v2/units"],
    ["GET", "/"],
  ] as const)
    assert.equal(errorIn(await api.call(method, path)).id, "unauthenticated", `${method} ${path}`);
});

test("the address for metrics serves only metrics, without a token", async (t) => {
  const { api } = await lockedApi(t, { kind: "metrics" });
  assert.equal((await api.call("GET", "/metrics")).text, "up 1\n");
  for (const path of ["/fleet/v2/units", "/fleet/v2/authority", "/fleet/v1/machines", "/"])
    assert.equal((await api.call("GET", path)).status, 404, path);
});

test("the cases have each route of fleet's discovery document", () => {
  const methods = Object.values(discovery.resources).flatMap((resource) => Object.values(resource.methods));
  const documented = methods.map(({ httpMethod, path }) => `${httpMethod} /${path.replace(/\{\w+\}/, "a.service")}`);
  const cases = V1.map(([method, { path }]) => `${method} ${path}`);
  assert.deepEqual(new Set(documented).difference(new Set(cases)), new Set());
});
