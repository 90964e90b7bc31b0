import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { after, before, test } from "node:test";
import { V2_BASE, v2Endpoints, type V2Operation } from "@flotilla/api/contract";
import { Cluster, createApiToken, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const PORT = 49_153;
const METRICS_PORT = 9_100;

/** One server that listens on TCP, and a host that asks it as a CI system does. */
let cluster: Cluster;
let server: Host;
let client: Host;
let endpoint: string;

before(async () => {
  cluster = await Cluster.boot({
    hosts: 1,
    config: ({ ip }) => ({
      listen: ["unix:///run/fleet.sock", `tcp://${ip}:${PORT}`],
      metrics_listen: [`tcp://${ip}:${METRICS_PORT}`],
    }),
    // The daemon opens its own sockets.
    install: async ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/off.conf", "[Unit]\nConditionPathExists=/nonexistent\n"),
  });
  await cluster.addAgents({ hosts: 1 });
  [server, client] = [cluster.host(1), cluster.host(2)];
  endpoint = `https://${server.ip}:${PORT}`;
  await startUnits(cluster, server, { "web.service": SLEEPER, "db.service": SLEEPER });
  for (const unit of ["web.service", "db.service"]) await cluster.waitForActive(unit, { asked: server });
});
after(() => cluster?.down());

/** Runs fleetctl as a CI system does: from another host, with the token in a variable. */
function fleetctl(token: string, ...args: readonly string[]) {
  const command = ["env", `FLEETCTL_TOKEN=${token}`, "fleetctl", `--endpoint=${endpoint}`, ...args];
  return client.run(command, { check: false });
}

test("a viewer sees everything and changes nothing; the refusal names the missing right", async () => {
  const token = await createApiToken(server, "viewer");
  const listed = await fleetctl(token, "list-units", "--no-legend");
  assert.match(listed.stdout, /web\.service/, listed.stderr);
  const refused = await fleetctl(token, "stop", "web.service");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /viewer/);
  assert.equal((await fleetctl(token, "auth", "can-i", "stop", "web.service")).code, 1);
  assert.equal((await server.isActive("web.service")) || (await client.isActive("web.service")), true);
});

/** Who may use each route of v2; the type asks for a new one. */
const ROUTES: Readonly<Record<V2Operation, "everybody" | "viewers" | "others">> = {
  ...{ getAuthority: "everybody", canI: "viewers", whoAmI: "viewers", getOpenApi: "viewers", getVersion: "viewers" },
  ...{
    listRuns: "viewers",
    startRun: "others",
    listUnits: "viewers",
    getUnit: "viewers",
    getUnitFile: "viewers",
    getUnitStatus: "viewers",
  },
  ...{ getUnitJournal: "viewers", listStates: "viewers", listMachines: "viewers", getBackup: "viewers" },
  ...{ getUnitProperties: "viewers", getHealth: "viewers", listTimers: "viewers", listSockets: "viewers" },
  ...{ listEvents: "viewers", watchEvents: "viewers" },
  ...{ listSecrets: "viewers", getStore: "viewers", watch: "viewers" },
  ...{ explainUnit: "viewers", planUnits: "viewers" },
  ...{ putUnit: "others", destroyUnit: "others", actOnUnit: "others", removeMachine: "others" },
  ...{ editMachineMetadata: "others", forgetMachineMetadata: "others", releaseHold: "others" },
  ...{ cordonMachine: "others", uncordonMachine: "others", drainMachine: "others", undrainMachine: "others" },
  ...{ getDrain: "viewers", moveUnit: "others", rebalance: "others" },
  ...{ putSecret: "others", deleteSecret: "others", moveStore: "others", getStoreBackup: "others" },
  ...{ getRotation: "viewers", beginRotation: "others", endRotation: "others" },
  ...{ readAudit: "others", listTokens: "others", createToken: "others", revokeToken: "others" },
};

/** The routes of v1 by its discovery document. */
async function routesOfV1(): Promise<readonly Route[]> {
  const { json } = await apiRequest(server, "/fleet/v1/discovery");
  const { resources } = json as {
    readonly resources: Readonly<
      Record<
        string,
        { readonly methods: Readonly<Record<string, { readonly httpMethod: string; readonly path: string }>> }
      >
    >;
  };
  const methods = Object.values(resources).flatMap((resource) => Object.values(resource.methods));
  return methods.map(({ httpMethod: method, path }) => {
    return { method, path: `/fleet/v1/${path}`, by: method === "GET" ? "viewers" : "others" };
  });
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly by: "everybody" | "viewers" | "others";
}

async function statusOf({ method, path }: Route, authorization?: string): Promise<number> {
  const headers = { ...(authorization && { authorization }), ...(method !== "GET" && { "content-length": 0 }) };
  const target = { host: server.ip, port: PORT, rejectUnauthorized: false, agent: false } as const;
  const sent = request({ ...target, method, path: path.replaceAll(/\{\w+\}/g, "web.service"), headers }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  // Some answers never end.
  answer.destroy();
  return answer.statusCode ?? 0;
}

test("each route refuses whoever has no right to it", async () => {
  const routes: Route[] = Object.entries(v2Endpoints).map(([operation, { method, path }]) => {
    return { method, path: V2_BASE + path, by: ROUTES[operation as V2Operation] };
  });
  routes.push(...(await routesOfV1()), { method: "GET", path: "/metrics", by: "viewers" });
  assert.ok(routes.length > 35, String(routes.length));
  const viewer = `Bearer ${await createApiToken(server, "viewer")}`;
  const unknown = viewer.slice(0, -1) + (viewer.endsWith("A") ? "B" : "A");
  for (const route of routes) {
    const what = `${route.method} ${route.path}`;
    if (route.by === "everybody") {
      assert.equal(await statusOf(route), 200, what);
      continue;
    }
    assert.equal(await statusOf(route), 401, `${what} without a token`);
    assert.equal(await statusOf(route, unknown), 401, `${what} with a wrong secret`);
    assert.equal(await statusOf(route, "Basic cm9vdDpyb290"), 401, `${what} with a password`);
    const status = await statusOf(route, viewer);
    if (route.by === "others") assert.equal(status, 403, `${what} by a viewer`);
    else assert.ok(![401, 403].includes(status), `${what} by a viewer: ${status}`);
  }
  for (const unit of ["web.service", "db.service"]) await cluster.waitForActive(unit, { asked: server });
});

test("a deployer changes the units of its pattern, and no others", async () => {
  const made = await cluster.fleetctl(server, ["token", "create", "ci", "--role=deployer", "--units=web*"]);
  const token = /fleet1\.\S+/.exec(made.stdout)?.[0] ?? "";
  assert.equal((await fleetctl(token, "stop", "web.service")).code, 0);
  assert.equal((await fleetctl(token, "start", "web.service")).code, 0);
  const refused = await fleetctl(token, "destroy", "db.service");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /db\.service/);
});

test("a revoked token is refused, and an open stream with it ends, within a second", async () => {
  const made = await cluster.fleetctl(server, ["token", "create", "short", "--role=viewer"]);
  const token = /fleet1\.\S+/.exec(made.stdout)?.[0] ?? "";
  const watch = `curl -sk --max-time 20 -o /tmp/stream -w '%{http_code}' -H "Authorization: Bearer ${token}" ${endpoint}/fleet/v2/watch`;
  const stream = client.run(["sh", "-c", watch], { check: false });
  await waitFor(
    "the stream to be open",
    async () => (await client.run(["test", "-e", "/tmp/stream"], { check: false })).code === 0,
  );
  await cluster.fleetctl(server, ["token", "revoke", "short"]);
  const revoked = performance.now();
  await stream;
  assert.ok(performance.now() - revoked < 1_000, `the stream went on for ${performance.now() - revoked} ms`);
  const refused = await fleetctl(token, "list-units");
  assert.match(refused.stderr, /token/);
  assert.notEqual(refused.code, 0);
});

test("a token of another cluster is not sent: the server's authority has another hash", async () => {
  const token = (await createApiToken(server, "admin")).replace(/^fleet1\.[0-9a-f]{8}/, "fleet1.00000000");
  const { stderr, code } = await fleetctl(token, "list-units");
  assert.notEqual(code, 0);
  assert.match(stderr, /hash|another cluster|not of the cluster/);
});

test("without a token there is no answer, plain HTTP is told to use TLS, and metrics have a port of their own", async () => {
  const curl = async (...args: readonly string[]) =>
    (await client.run(["curl", "-sk", "--max-time", "10", "-w", "\n%{http_code}", ...args], { check: false })).stdout;
  assert.match(await curl(`${endpoint}/fleet/v1/units`), /401$/);
  assert.match(await curl(`${endpoint}/metrics`), /401$/);
  assert.match(await curl(`http://${server.ip}:${PORT}/fleet/v1/units`), /TLS[^]*400$/);
  assert.match(await curl(`http://${server.ip}:${METRICS_PORT}/metrics`), /fleet_[^]*200$/);
  assert.doesNotMatch(await curl(`http://${server.ip}:${METRICS_PORT}/fleet/v1/units`), /200$/);
});

test("a flood of wrong tokens is summed up in the log, and no secret is in it", async () => {
  const wrong = `fleet1.${"0".repeat(64)}.aaaaaaaaaa.${"A".repeat(43)}`;
  const flood = `seq 300 | xargs -P 4 -I{} curl -sk -o /dev/null -H "Authorization: Bearer ${wrong}" ${endpoint}/fleet/v1/units`;
  const begun = performance.now();
  await client.run(["sh", "-c", flood], { timeoutMs: 120_000 });
  const seconds = (performance.now() - begun) / 1_000;
  const journal = await server.journal("fleet.service");
  const entries = journal.split("\n").filter((line) => line.includes("refused an unauthenticated request"));
  assert.ok(entries.length <= 3 + seconds / 10, `${entries.length} entries in ${seconds} s`);
  assert.ok(!journal.includes("A".repeat(43)));
});
