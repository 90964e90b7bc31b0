import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

const GONE = "cafe".padEnd(32, "0");

test("list-machines shows states, reservations, and members that are away", async (t) => {
  const cluster = await testCluster(t);
  await cluster.put(`machine/${MACHINE}`, {
    ...{ id: MACHINE, primaryIP: "172.17.8.103", hostname: "core-1", metadata: { region: "us" }, version: "1.2.3" },
    capacity: { cpus: 2, memoryBytes: 4 * 1024 ** 3 },
    startedAt: Date.UTC(2026, 10, 30),
  });
  await cluster.put(`server/${GONE}`, { host: "10.0.0.9", peerPort: 1 });
  await cluster.file("a.service", "[Service]\nExecStart=/bin/true\n[X-Fleet]\nMemoryReserve=1G\n");
  await cluster.fleetctl("start", "a.service");
  const { stdout } = await cluster.fleetctl("list-machines");
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/\t+/));
  assert.deepEqual(rows, [
    ["MACHINE", "IP", "METADATA", "HOST", "STATE", "SINCE", "UNITS", "RESERVED", "FREE"],
    [
      ...["113f16a7...", "172.17.8.103", "region=us", "core-1", "ready", "2026-11-30T00:00:00.000Z", "1"],
      ...["cpu=0,memory=1G", "cpu=2,memory=3G"],
    ],
    ["85c0c595...", "172.17.8.102", "disk=ssd,region=us", "web2.example.com", "ready", "-", "0", "-", "-"],
    ["cafe0000...", "10.0.0.9", "-", "-", "away", "-", "0", "-", "-"],
  ]);
  const wish = { reason: "", since: Date.UTC(2026, 10, 30, 1) };
  const stateWith = async (settings: object): Promise<string> => {
    await cluster.put(`machine-settings/${MACHINE}`, settings);
    const { stdout: text } = await cluster.fleetctl("list-machines", "--no-legend", "--fields=state,since");
    return text.split("\n")[0] ?? "";
  };
  assert.equal(await stateWith({ cordon: wish }), "cordoned\t2026-11-30T01:00:00.000Z");
  assert.equal(await stateWith({ cordon: wish, drain: wish }), "draining\t2026-11-30T01:00:00.000Z");
  const ids = async (...args: readonly string[]) =>
    (await cluster.fleetctl("list-machines", "--no-legend", "--full", ...args)).stdout.trimEnd().split("\n");
  assert.deepEqual(await ids("--fields=machine,state"), [
    `${MACHINE}\tdraining`,
    `${OTHER_MACHINE}\tready`,
    `${GONE}\taway`,
  ]);
  assert.deepEqual(await ids("--fields=machine"), [MACHINE, OTHER_MACHINE]);
});

test("a machine that is away and still has units is listed, and a held one is told", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  await cluster.store.txn({ onSuccess: [{ delete: `machine/${MACHINE}` }] });
  const listed = async () =>
    (await cluster.fleetctl("list-machines", "--no-legend", "--fields=machine,state,units")).stdout.split("\n")[0];
  assert.equal(await listed(), "113f16a7...\taway\t1");
  const since = Date.UTC(2026, 10, 30);
  await cluster.put("engine/roll", { hold: { since, of: 2 }, settling: false });
  await cluster.put(`roll/${MACHINE}`, { is: "away", held: true });
  assert.equal(await listed(), "113f16a7...\theld\t1");
});
