import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { identityOf, linkTo } from "./agent-link.ts";
import { Churn } from "./churn.ts";
import { fleetdReady, mainPid, processesOf, SLEEPER, startUnits } from "./running-units.ts";

const TTL_MS = 5_000;

/** How long all servers are lost. The default exceeds the TTL several times; 600 for the full ten minutes. */
const OUTAGE_MS = 1_000 * Number(process.env["OUTAGE_SECONDS"] ?? 20);

const KEY = "/var/lib/fleet/secrets.key";
const [OLD, NEW] = ["value-old-41b7", "value-new-9c02"];
const STEADY = ["one", "two", "three", "four"].map((name) => `${name}.service`);

/** Three servers, an etcd of three members, and two agents. */
let cluster: Cluster;
let servers: readonly Host[];
let server: Host;
let agent: Host;
let other: Host;

before(async () => {
  const ttl = { agent_ttl: `${TTL_MS / 1000}s` };
  cluster = await Cluster.boot({ hosts: 3, etcd: { members: 3 }, config: () => ttl });
  await cluster.addAgents({ hosts: 2, config: () => ({ ...ttl, metadata: "role=agent" }) });
  servers = cluster.hosts.slice(0, 3);
  [server, agent, other] = [cluster.host(1), cluster.host(4), cluster.host(5)];
  const steady = `${SLEEPER}[X-Fleet]\nMachineMetadata=role=agent\n`;
  await startUnits(cluster, server, Object.fromEntries(STEADY.map((unit) => [unit, steady])));
  for (const unit of STEADY) await cluster.waitForActive(unit);
});
beforeEach(() => cluster.repair());
after(() => cluster?.down());

/** A unit on the agent that copies its secret into memory, where a test can see it. */
async function reader(): Promise<string> {
  const command = 'echo "reads $(cat $CREDENTIALS_DIRECTORY/db)" >/run/seen; echo has read; exec sleep infinity';
  const service = `ExecStart=/bin/sh -c '${command}'\nRestart=always\nLoadCredential=db:/run/fleet/secrets.sock\n`;
  return `[Service]\n${service}[X-Fleet]\nMachineID=${await agent.machineId()}\n`;
}

async function untilRead(value: string): Promise<void> {
  await waitFor(`the unit to read ${value}`, async () => (await agent.readFile("/run/seen")) === `reads ${value}\n`);
}

/** Asks a server for the secret of the unit, with the certificate of a host. */
async function askForSecret(host: Host): Promise<{ readonly status: number; readonly body: string }> {
  const link = linkTo(server, await identityOf(host));
  try {
    const body = JSON.stringify({ unit: "reader.service", name: "db" });
    return await link.request("/secrets/v1/read", body, { limitMs: 10_000 });
  } finally {
    link.close();
  }
}

test("a unit on an agent gets its secret through a server, and another agent gets nothing", async () => {
  await cluster.fleetctl(server, ["secret", "set", "db"], { input: OLD });
  for (const host of servers.slice(1)) {
    await host.writeFile(KEY, await server.readFile(KEY));
    await host.run(["chmod", "600", KEY]);
  }
  await startUnits(cluster, server, { "reader.service": await reader() });
  await untilRead(OLD);
  const { status, body } = await askForSecret(agent);
  assert.equal(status, 200, body);
  assert.equal(Buffer.from((JSON.parse(body) as { readonly value: string }).value, "base64").toString(), OLD);
  const refused = await askForSecret(other);
  assert.equal(refused.status, 403, refused.body);
  assert.equal((await other.run(["ls", "/run/fleet/secrets"], { check: false })).stdout, "");
});

test("a rotated secret restarts the unit on the agent with the new value", async () => {
  const before = await mainPid(agent, "reader.service");
  await cluster.fleetctl(server, ["secret", "rotate", "db"], { input: NEW });
  await untilRead(NEW);
  assert.notEqual(await mainPid(agent, "reader.service"), before);
});

test("three servers restart one by one while a client changes units: no other unit is touched, and no change is lost or made twice", async (t) => {
  const before = await processesOf(cluster.hosts, [...STEADY, "reader.service"]);
  const churn = await Churn.begin({ servers, homes: [agent, other] });
  for (const [index, host] of servers.entries()) {
    const changes = churn.changes;
    // The second server crashes. The third one is restarted together with a member of etcd.
    if (index === 1) await host.signal("fleet.service", "SIGKILL");
    const member = cluster.etcd.members[index] ?? assert.fail();
    if (index === 2) await member.stop();
    if (index !== 1) await host.run(["systemctl", "restart", "fleet.service"], { timeoutMs: 60_000 });
    if (index === 2) await member.launch();
    await fleetdReady(host);
    await waitFor("further changes", () => churn.changes > changes + 10, { timeoutMs: 60_000 });
  }
  await churn.end();
  t.diagnostic(`${churn.changes} changes, ${churn.expectedStarts.length} starts`);
  await waitFor("the starts", async () => (await churn.starts()).length >= churn.expectedStarts.length);
  assert.deepEqual(await churn.starts(), churn.expectedStarts);
  const units = await cluster.listUnits(server);
  for (const [unit, home] of churn.kept)
    assert.deepEqual(units.find((row) => row.unit === unit)?.host, home, `${unit} is not on its host`);
  const left = units.filter(({ unit }) => /^(churn|hasty)/.test(unit) && !churn.kept.has(unit));
  assert.deepEqual(left, []);
  assert.deepEqual(await processesOf(cluster.hosts, [...STEADY, "reader.service"]), before);
});

test(
  `all servers are lost for ${OUTAGE_MS / 1_000} s: units, restarts with secrets and journals go on, and no unit is touched at the return`,
  { timeout: OUTAGE_MS + 240_000 },
  async (t) => {
    const before = await processesOf(cluster.hosts, STEADY);
    const begun = performance.now();
    await Promise.all(servers.map((host) => host.powerCut()));

    const first = await mainPid(agent, "reader.service");
    await agent.run(["rm", "/run/seen"]);
    await agent.run(["systemctl", "restart", "reader.service"]);
    await untilRead(NEW);
    const second = await mainPid(agent, "reader.service");
    assert.notEqual(second, first);
    await agent.run(["systemctl", "restart", "fleet.service"]);
    await agent.run(["rm", "/run/seen"]);
    // systemd restarts the unit by itself.
    await agent.signal("reader.service", "SIGKILL");
    await untilRead(NEW);
    await waitFor("the outage to be over", () => performance.now() - begun > OUTAGE_MS, {
      timeoutMs: OUTAGE_MS,
      intervalMs: 500,
    });
    await agent.run(["systemctl", "restart", "reader.service"]);
    await ownUnitsShown();
    const last = await mainPid(agent, "reader.service");
    assert.deepEqual(await processesOf(cluster.hosts, STEADY), before);

    await Promise.all(servers.map((host) => host.powerOn()));
    const returned = performance.now();
    for (const host of servers) await fleetdReady(host, { timeoutMs: 60_000 });
    await cluster.waitForMachines(5, server, { timeoutMs: 60_000 });
    // The engine works and the agents follow: a new unit starts. Then another TTL passes.
    await startUnits(cluster, server, { "new.service": `${SLEEPER}[X-Fleet]\nMachineMetadata=role=agent\n` });
    await cluster.waitForActive("new.service");
    const back = performance.now();
    t.diagnostic(`a new unit ran ${((back - returned) / 1_000).toFixed(1)} s after the servers had booted`);
    await waitFor("another TTL", () => performance.now() - back > TTL_MS);
    assert.deepEqual(await processesOf(cluster.hosts, STEADY), before);
    assert.equal(await mainPid(agent, "reader.service"), last);
    for (const unit of [...STEADY, "reader.service"]) await cluster.waitForActive(unit);
  },
);

/** The agent's socket shows the status and the journal of the agent's units, without any server. */
async function ownUnitsShown(): Promise<void> {
  const unit = "reader.service";
  assert.match((await cluster.fleetctl(agent, ["status", unit])).stdout, /active \(running\)/);
  const { stdout } = await cluster.fleetctl(agent, ["journal", "--lines=100", unit]);
  // The first start, the one after the rotation, and three during the outage.
  assert.ok((stdout.match(/has read/g) ?? []).length >= 5, stdout);
  assert.match((await cluster.fleetctl(agent, ["list-units", "--no-legend"])).stdout, /reader\.service.*active/);
}

test("the copy of a secret leaves the agent with its unit", async () => {
  assert.match((await agent.run(["ls", "/run/fleet/secrets"])).stdout, /reader\.service/);
  await cluster.fleetctl(server, ["destroy", "reader.service"]);
  await waitFor(
    "the copy to be gone",
    async () => !(await agent.run(["ls", "/run/fleet/secrets"])).stdout.includes("reader"),
  );
  assert.equal((await askForSecret(agent)).status, 403);
});
