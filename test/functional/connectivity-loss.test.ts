import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { fleetdReady, mainPid, putFiles, SLEEPER } from "./running-units.ts";

/** fleet's message, for which scripts search the journal. */
const MONITOR = "Server monitor triggered: Monitor timed out before successful heartbeat";

const GLOBAL = `${SLEEPER}\n[X-Fleet]\nGlobal=true\n`;
const LOADED = ["single@loaded.service", "global@loaded.service"];
const LAUNCHED = ["single@launched.service", "global@launched.service"];

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1, config: () => ({ agent_ttl: "3s" }) });
  host = cluster.host(1);
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

/** Returns systemd's state of every unit. It shows whether a process was started again. */
async function onTheHost(): Promise<string> {
  const units = [...LOADED, ...LAUNCHED];
  const shown = await Promise.all(
    units.map((unit) => host.show(unit, "Id", "ActiveState", "UnitFileState", "MainPID")),
  );
  return JSON.stringify(shown);
}

/** Returns the cluster's state of every unit. */
async function inTheCluster(): Promise<string> {
  const files = await cluster.fleetctl(host, ["list-unit-files", "--no-legend", "--fields=unit,dstate,state"]);
  const units = await cluster.fleetctl(host, ["list-units", "--no-legend", "--fields=unit,active"]);
  return files.stdout + units.stdout;
}

async function monitorTriggered(times: number): Promise<void> {
  await waitFor(
    "fleet's monitor message",
    async () => (await host.journal("fleet.service")).split(MONITOR).length > times,
    {
      timeoutMs: 30_000,
      intervalMs: 200,
    },
  );
}

test("units keep running on a machine without network, and are listed unchanged when the network is back", async () => {
  await putFiles(host, { "single@.service": SLEEPER, "global@.service": GLOBAL });
  const paths = (kind: string): string[] => ["single", "global"].map((name) => `/tmp/units/${name}@${kind}.service`);
  await cluster.fleetctl(host, ["submit", ...paths("inactive")]);
  await cluster.fleetctl(host, ["load", ...paths("loaded")]);
  await cluster.fleetctl(host, ["start", ...paths("launched")]);
  for (const unit of LAUNCHED) await cluster.waitForActive(unit);
  await cluster.waitForUnits("four units on the machine", (rows) => rows.length === 4);
  const [units, states] = [await onTheHost(), await inTheCluster()];
  for (const unit of LOADED) assert.equal((await host.show(unit, "UnitFileState"))["UnitFileState"], "linked-runtime");

  await host.cutNetwork();
  await monitorTriggered(1);
  assert.equal(await onTheHost(), units);
  await host.healNetwork();
  await fleetdReady(host);
  await waitFor("the cluster to list the same states as before", async () => (await inTheCluster()) === states, {
    timeoutMs: 20_000,
  });
  assert.equal(await onTheHost(), units, "no unit was stopped or started");
});

test("systemctl stop fleet ends cleanly, even while the store is unreachable", async () => {
  const stopped = async (): Promise<unknown> => {
    await host.run(["systemctl", "stop", "fleet.service", "fleet.socket"], { timeoutMs: 100_000 });
    return host.show("fleet.service", "ActiveState", "Result");
  };
  const cleanly = { ActiveState: "inactive", Result: "success" };
  assert.deepEqual(await stopped(), cleanly);
  await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(1);
  await host.cutNetwork();
  await monitorTriggered(2);
  assert.deepEqual(await stopped(), cleanly);
  await host.healNetwork();
});

test("a global unit keeps running on a machine without network while other machines are in the cluster", async () => {
  await using pair = await Cluster.boot({ hosts: 2, config: () => ({ agent_ttl: "3s" }) });
  const [asked, cut] = [pair.host(1), pair.host(2)];
  await putFiles(asked, { "everywhere.service": GLOBAL });
  await pair.fleetctl(asked, ["start", "/tmp/units/everywhere.service"]);
  const listed = async (): Promise<number> =>
    (await pair.listUnits(asked)).filter(({ active }) => active === "active").length;
  await waitFor("both copies to run", async () => (await listed()) === 2);
  const pid = await mainPid(cut, "everywhere.service");
  await cut.cutNetwork();
  await pair.waitForMachines(1, asked, { timeoutMs: 20_000 });
  await cut.healNetwork();
  await pair.waitForMachines(2, asked, { timeoutMs: 20_000 });
  await waitFor("both copies to be listed again", async () => (await listed()) === 2);
  assert.equal(await mainPid(cut, "everywhere.service"), pid);
});
