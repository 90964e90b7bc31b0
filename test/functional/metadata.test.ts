import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { type Answer, apiRequest } from "./api-request.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
let first: Host;
let second: Host;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: (host) => ({ agent_ttl: "5s", metadata: `name=${host.name},zone=${host.name}` }),
  });
  [first, second] = [cluster.host(1), cluster.host(2)];
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

/** Sends a patch in the form that fleet documents. `value` is a string, or an object as in fleet's code. */
async function patch(...edits: readonly (readonly [op: string, machineID: string, key: string, value?: unknown])[]) {
  const body = edits.map(([op, id, key, value]) => ({
    op,
    path: `/${id}/metadata/${key}`,
    ...(value !== undefined && { value }),
  }));
  return apiRequest(first, "/fleet/v1/machines", { method: "PATCH", body });
}

async function edit(host: Host, body: unknown): Promise<Answer> {
  return apiRequest(first, `/fleet/v2/machines/${await host.machineId()}/metadata`, { method: "PATCH", body });
}

async function metadataOf(host: Host, asked = first): Promise<Readonly<Record<string, string>> | undefined> {
  interface Machine {
    readonly id: string;
    readonly metadata: Readonly<Record<string, string>>;
  }
  const { machines = [] } = (await apiRequest(asked, "/fleet/v1/machines")).json as { readonly machines?: Machine[] };
  const id = await host.machineId();
  return machines.find((machine) => machine.id === id)?.metadata;
}

const onlyWith = (requirement: string): string => `${SLEEPER}\n[X-Fleet]\nMachineMetadata=${requirement}\n`;
const isOn = async (unit: string, host: Host): Promise<void> => {
  const other = host === first ? second : first;
  assert.equal((await cluster.waitForActive(unit, { elsewhere: other })).name, host.name);
  await waitFor(`${unit} to run only there`, async () => !(await other.isActive(unit)));
};

test("v1: units are placed and moved when metadata is added, replaced and removed at run time", async () => {
  const [id, otherID] = [await first.machineId(), await second.machineId()];
  assert.equal((await patch(["add", id, "role", "db"])).status, 204);
  await startUnits(cluster, first, { "db.service": onlyWith("role=db") });
  await isOn("db.service", first);
  assert.equal((await patch(["replace", id, "role", "web"], ["add", otherID, "role", { value: "db" }])).status, 204);
  await isOn("db.service", second);
  assert.equal((await patch(["remove", otherID, "role"])).status, 204);
  await waitFor("the unit to be unplaced", async () => !(await second.isActive("db.service")));
  const { reasons } = (await apiRequest(first, "/fleet/v2/units/db.service")).json as { readonly reasons: string[] };
  assert.match(reasons.join("\n"), /2 machines: .*role=db/);
  await cluster.fleetctl(first, ["destroy", "db.service"]);
});

test("v2: set and unset do the same, and override the configuration", async () => {
  await startUnits(cluster, first, { "zoned.service": onlyWith("zone=h1") });
  await isOn("zoned.service", first);
  assert.equal((await edit(second, { set: { zone: "h1" } })).status, 204);
  assert.equal((await edit(first, { unset: ["zone"] })).status, 204);
  await isOn("zoned.service", second);
  assert.deepEqual(await metadataOf(first), { name: "h1", role: "web" });
  assert.deepEqual(await metadataOf(second), { name: "h2", zone: "h1" });
  // A reset restores the configured value.
  await cluster.fleetctl(second, ["metadata", "reset", await first.machineId(), "zone"]);
  assert.deepEqual(await metadataOf(first), { name: "h1", role: "web", zone: "h1" });
  assert.equal((await edit(first, { unset: ["zone"] })).status, 204);
});

test("metadata survives a restart of the daemon, a departure and return of the machine, and a power cut", async () => {
  await second.run(["systemctl", "restart", "fleet.service"]);
  await isOn("zoned.service", second);
  await second.run(["systemctl", "stop", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(1, first);
  await second.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await isOn("zoned.service", second);
  await second.powerCut();
  await cluster.waitForMachines(1, first);
  await second.powerOn();
  await cluster.waitForMachines(2, first);
  assert.deepEqual(await metadataOf(second), { name: "h2", zone: "h1" });
  await isOn("zoned.service", second);
  await cluster.fleetctl(first, ["destroy", "zoned.service"]);
});

test("metadata can be set for a machine that is away or unknown", async () => {
  await second.run(["systemctl", "stop", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(1, first);
  assert.equal((await patch(["add", await second.machineId(), "disk", "ssd"])).status, 204);
  assert.equal((await patch(["add", "f".repeat(32), "disk", "ssd"])).status, 204);
  await second.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(2, first);
  assert.deepEqual(await metadataOf(second), { name: "h2", zone: "h1", disk: "ssd" });
});

test("a request with one invalid operation changes nothing", async () => {
  const id = await first.machineId();
  const before = await metadataOf(first);
  for (const bad of [
    ["move", id, "disk", "ssd"],
    ["add", id, "a/b", "ssd"],
    ["add", id, "disk", 5],
    ["add", id, "disk"],
  ] as const) {
    assert.equal((await patch(["add", id, "tier", "gold"], bad)).status, 400, JSON.stringify(bad));
  }
  assert.deepEqual(await metadataOf(first), before);
});
