import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, testCluster } from "../cluster.fixture.ts";

test("a machine is cordoned and uncordoned, by any of its names", async (t) => {
  const cluster = await testCluster(t);
  const first = await cluster.fleetctl("cordon", "web1", "--reason", "bad disk");
  assert.deepEqual(first, {
    code: 0,
    stdout: "Machine 113f16a7... is cordoned: it gets no further units\n",
    stderr: "",
  });
  const again = await cluster.fleetctl("cordon", "113f", "--reason=bad disk");
  assert.deepEqual([again.code, again.stdout], [0, ""]);
  assert.match(again.stderr, /nothing has changed/);
  const ended = await cluster.fleetctl("uncordon", "172.17.8.103");
  assert.equal(ended.stdout, "Machine 113f16a7... takes units again\n");
});

test("drain tells which units do not leave, and what becomes of them", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "pinned.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a", "pinned");
  const stays = await cluster.fleetctl("drain", "web1");
  assert.equal(stays.code, 0);
  assert.equal(stays.stdout, "Machine 113f16a7... is drained: 2 units are on it\n");
  assert.equal(stays.stderr, `pinned.service does not leave: pinned.service has MachineID=${MACHINE}; it stays\n`);
  const stopped = await cluster.fleetctl("drain", "web1", "--deadline=10m", "--until", "2h");
  assert.match(stopped.stderr, /pinned\.service does not leave: .*; it is stopped at \d{4}-\d\d-\d\dT/);
  const undrained = await cluster.fleetctl("undrain", "web1");
  assert.equal(undrained.stdout, "Machine 113f16a7... takes units again\n");
});

test("drain --dry-run shows where each unit would go, and changes nothing", async (t) => {
  const cluster = await testCluster(t);
  const { code, stdout } = await cluster.fleetctl("drain", "web1", "--dry-run");
  assert.equal(code, 0);
  assert.equal(stdout, "a.service goes to 85c0c595...\npinned.service stays: pinned.service has MachineID=\n");
  assert.deepEqual((await cluster.store.range({ prefix: "machine-settings/" })).entries, []);
});

test("drain --wait ends when the machine is empty, and prints nothing else in a pipe", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a");
  const leave = async (): Promise<void> => {
    for (;;) {
      const { entries } = await cluster.store.range({ prefix: "machine-settings/" });
      if (entries.length > 0) break;
      await new Promise(setImmediate);
    }
    await cluster.store.txn({ onSuccess: [{ delete: `assignment/${MACHINE}/a.service` }] });
  };
  const [{ code, stdout, stderr }] = await Promise.all([cluster.fleetctl("drain", "web1", "--wait"), leave()]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^Machine 113f16a7\.\.\. is drained: \d units are on it\nMachine 113f16a7\.\.\. is empty\n$/);
});

test("drain --wait fails when only units are left that stay", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("pinned.service");
  await cluster.fleetctl("start", "pinned");
  const { code, stderr } = await cluster.fleetctl("drain", "web1", "--wait");
  assert.equal(code, 1);
  assert.match(stderr, /machine 113f16a7\.\.\. cannot be emptied:\n {2}pinned\.service stays \(/);
  assert.match(stderr, /fleetctl drain 113f16a7 --deadline 10m/);
});

test("a unit is moved, or refused with the reasons", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "refuses.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a", "refuses");
  const moved = await cluster.fleetctl("move", "a", "web2");
  assert.deepEqual(moved, {
    code: 0,
    stdout: "Unit a.service moves from 113f16a7... to 85c0c595..., with b.service\n",
    stderr: "",
  });
  const refused = await cluster.fleetctl("move", "refuses.service");
  assert.deepEqual(refused, {
    code: 1,
    stdout: "",
    stderr: "cannot move refuses.service\n  no other machine can take it\n",
  });
});

test("a rebalance prints its moves, or that there are none", async (t) => {
  const cluster = await testCluster(t);
  const shown = await cluster.fleetctl("rebalance", "--dry-run");
  assert.equal(shown.stdout, "Unit a.service would move from 113f16a7... (6 units) to 85c0c595... (1 units)\n");
  assert.equal((await cluster.fleetctl("rebalance", "--max", "0")).code, 1);
});

for (const args of [
  ["drain", "web1", "--deadline", "soon"],
  ["drain", "web1", "--until=-5m"],
  ["drain"],
  ["rebalance", "--max", "few"],
])
  test(`${args.join(" ")} is refused`, async (t) => {
    const cluster = await testCluster(t);
    assert.equal((await cluster.fleetctl(...args)).code, 2);
  });
