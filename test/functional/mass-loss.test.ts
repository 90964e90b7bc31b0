import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const units = [1, 2, 3, 4, 5].map((number) => `u${number}.service`);

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 5, config: () => ({ agent_ttl: "6s" }) });
  await startUnits(cluster, cluster.host(1), Object.fromEntries(units.map((unit) => [unit, SLEEPER])));
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

test("units of three machines that lose power together stay until one machine returns, and new units start meanwhile", async () => {
  const survivors = [cluster.host(4), cluster.host(5)];
  const asked = cluster.host(5);
  const homes = await homesOf(asked);
  await cutPower(cluster.host(1), cluster.host(2), cluster.host(3));
  await waitFor("the hold", () => isHeld(asked), { timeoutMs: 30_000 });
  await startUnits(cluster, asked, { "new.service": SLEEPER });
  assert.ok(survivors.includes(await cluster.waitForActive("new.service")));
  assert.deepEqual(await homesOf(asked), homes);
  assert.match((await apiRequest(asked, "/fleet/v2/units")).text, /3 of 5 machines vanished together/);
  assert.ok(
    await somewhere(survivors, async (host) => /not moved; fleetctl/.test(await host.journal("fleet.service"))),
  );
  assert.ok(await somewhere(survivors, async (host) => /fleet_engine_held_machines 3/.test(await metrics(host))));

  await cluster.host(1).powerOn();
  await cluster.waitForMachines(3, asked, { timeoutMs: 30_000 });
  const back = performance.now();
  await waitFor("the end of the hold", async () => !(await isHeld(asked)), { timeoutMs: 30_000 });
  for (const unit of units) await cluster.waitForActive(unit, { timeoutMs: 30_000 });
  console.log(`all units ran ${((performance.now() - back) / 1000).toFixed(1)} s after the third machine was back`);
  await cluster.host(2).powerOn();
  await cluster.host(3).powerOn();
  await cluster.waitForMachines(5, asked, { timeoutMs: 30_000 });
  await cluster.fleetctl(asked, ["destroy", "new.service"]);
});

test("the units move when an operator ends the hold", async () => {
  const asked = cluster.host(5);
  await cutPower(cluster.host(2), cluster.host(3), cluster.host(4));
  await waitFor("the hold", () => isHeld(asked), { timeoutMs: 30_000 });
  const { stdout } = await cluster.fleetctl(asked, ["release-hold"]);
  assert.match(stdout, /move now/);
  for (const unit of units) await cluster.waitForActive(unit, { timeoutMs: 30_000 });
  assert.equal(await isHeld(asked), false);
  assert.match((await cluster.fleetctl(asked, ["release-hold"])).stdout, /No hold is active/);
});

async function cutPower(...hosts: readonly Host[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.powerCut()));
}

async function isHeld(asked: Host): Promise<boolean> {
  return /vanished together/.test((await cluster.fleetctl(asked, ["list-machines"])).stderr);
}

/** Returns each unit with its machine in the store, which may be away. */
async function homesOf(asked: Host): Promise<string[]> {
  const shown = (await apiRequest(asked, "/fleet/v2/units")).json as {
    units: { name: string; machines: { machineID: string; leaving: boolean }[] }[];
  };
  const places = shown.units.flatMap(({ name, machines }) =>
    machines.map(({ machineID, leaving }) => `${name} ${machineID}${leaving ? " leaving" : ""}`),
  );
  return places.filter((place) => units.some((unit) => place.startsWith(unit))).sort();
}

async function metrics(host: Host): Promise<string> {
  return (await apiRequest(host, "/metrics")).text;
}

async function somewhere(hosts: readonly Host[], holds: (host: Host) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(hosts.map(holds))).includes(true);
}
