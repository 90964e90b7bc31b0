import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { AuditEntry } from "@flotilla/api/client";
import { createApiToken, Cluster, type Host, waitFor } from "../lab/index.ts";
import { fleetdReady, processesOf, SLEEPER, startUnits } from "./running-units.ts";

const TTL_MS = 3_000;
const UNITS = ["one", "two", "three", "four", "five", "six"].map((name) => `${name}.service`);

/** One server on etcd, and two agents. */
let cluster: Cluster;
let server: Host;
let agent: Host;
let processes: Awaited<ReturnType<typeof processesOf>>;

before(async () => {
  const ttl = { agent_ttl: `${TTL_MS / 1000}s` };
  cluster = await Cluster.boot({ hosts: 1, config: () => ttl });
  await cluster.addAgents({ hosts: 2, config: () => ({ ...ttl, metadata: "role=agent" }) });
  [server, agent] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, server, Object.fromEntries(UNITS.map((unit) => [unit, SLEEPER])));
  for (const unit of UNITS) await cluster.waitForActive(unit, { asked: server });
  processes = await processesOf(cluster.hosts, UNITS);
});
beforeEach(() => cluster.repair());
after(() => cluster?.down());

async function untilWhole(): Promise<void> {
  for (const host of cluster.hosts) await fleetdReady(host);
  await cluster.waitForMachines(3, server);
  for (const unit of UNITS) await cluster.waitForActive(unit, { asked: server });
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
}

test("units are placed on agents and on the server, and an agent holds no credentials of the store", async () => {
  const rows = await cluster.listUnits(server);
  assert.equal(new Set(rows.map(({ host }) => host?.name)).size, 3);
  const { stdout } = await agent.run(["sh", "-c", "cat /etc/fleet/fleet.conf; ls /var/lib/fleet"]);
  assert.doesNotMatch(stdout, /etcd|store\.db|secrets\.key/);
});

test("an agent's socket shows its own units without a token, and the cluster with one", async () => {
  const own = (await cluster.listUnits(server)).filter(({ host }) => host === agent).map(({ unit }) => unit);
  const list = ["list-units", "--fields=unit", "--no-legend"];
  const listed = await cluster.fleetctl(agent, list);
  assert.deepEqual(listed.stdout.split("\n").filter(Boolean).toSorted(), own.toSorted());
  const [first = ""] = own;
  assert.match((await cluster.fleetctl(agent, ["status", first])).stdout, /active \(running\)/);
  assert.match((await cluster.fleetctl(agent, ["journal", first])).stdout, /began to sleep/);
  const refused = await cluster.fleetctl(agent, ["stop", first], { check: false });
  assert.match(refused.stderr, /without a token: this machine is an agent/);

  const token = await createApiToken(server, "viewer");
  const ask = `curl -s --unix-socket /run/fleet.sock -H "Authorization: Bearer ${token}" http://fleet/fleet/v2/units`;
  const { stdout } = await agent.run(["sh", "-c", ask]);
  const { units } = JSON.parse(stdout) as { units: { name: string }[] };
  assert.equal(units.length, UNITS.length);

  await agent.run(["sh", "-c", ask.replace("curl", "curl -X DELETE").replace("/units", `/units/${first}`)]);
  const entry = await waitFor("the audit to have the refusal", async () => {
    const { stdout: audit } = await cluster.fleetctl(server, ["audit", first, "--output=json"]);
    return (JSON.parse(audit) as readonly AuditEntry[]).find(({ verb }) => verb === "destroy");
  });
  assert.deepEqual([entry.who, entry.via, entry.from], ["token", await agent.machineId(), agent.ip]);
});

for (const [what, unit] of [
  ["the agent's daemon is restarted", () => agent],
  ["the server's daemon is restarted", () => server],
] as const)
  test(`${what}: no unit is touched`, async () => {
    await unit().run(["systemctl", "restart", "fleet.service"]);
    await untilWhole();
  });

test("the only server stalls for longer than the TTL: the agents' units keep running", async () => {
  await server.run(["systemctl", "kill", "--signal=STOP", "fleet.service"]);
  const begun = performance.now();
  await waitFor("the outage to outlast the TTL", () => performance.now() - begun > 2 * TTL_MS, {
    timeoutMs: 4 * TTL_MS,
  });
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
  const { stdout } = await cluster.fleetctl(agent, ["list-units", "--no-legend"]);
  assert.match(stdout, /running/);
  await server.run(["systemctl", "kill", "--signal=CONT", "fleet.service"]);
  await untilWhole();
});

test("the only server is killed and back after more than the TTL: no unit is touched", async () => {
  const slow = "/run/systemd/system/fleet.service.d/slow.conf";
  await server.writeFile(slow, `[Service]\nRestartSec=${(3 * TTL_MS) / 1_000}\n`);
  await server.run(["systemctl", "daemon-reload"]);
  await server.run(["systemctl", "kill", "--signal=KILL", "fleet.service"]);
  const begun = performance.now();
  await waitFor("the server to be away", async () => !(await server.isActive("fleet.service")));
  await waitFor("the server to be back", async () => server.isActive("fleet.service"), { timeoutMs: 30_000 });
  assert.ok(performance.now() - begun > 2 * TTL_MS, "the server was back too soon for this test");
  await untilWhole();
  await server.run(["rm", slow]);
  await server.run(["systemctl", "daemon-reload"]);
});

test("an agent that stops leaves the cluster, and its units move", async () => {
  await agent.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  for (const unit of UNITS) await cluster.waitForActive(unit, { asked: server, elsewhere: agent });
  await cluster.waitForMachines(2, server);
  await agent.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(3, server);
});

test("the power of an agent is cut: its units are active elsewhere within the TTL and 5 s", async () => {
  await startUnits(cluster, server, { "roaming.service": `${SLEEPER}\n[X-Fleet]\nMachineMetadata=role=agent\n` });
  const lost = await cluster.waitForActive("roaming.service", { asked: server });
  const begun = performance.now();
  await lost.powerCut();
  await cluster.waitForActive("roaming.service", { asked: server, elsewhere: lost });
  assert.ok(performance.now() - begun < TTL_MS + 5_000);
});
