import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";
const REASON = "nowhere.service cannot be placed; 2 machines: metadata region=eu missing";

const HEALTHY = `UNIT\t\tMACHINE\t\t\t\tACTIVE\tSUB\na.service\t${HERE}\tactive\trunning\n`;

test("while every wanted unit runs, the default listing is fleet's byte for byte", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "idle.service"]) await cluster.file(name);
  await cluster.fleetctl("submit", "idle.service");
  await cluster.fleetctl("start", "a.service");
  assert.equal((await cluster.fleetctl("list-units")).stdout, HEALTHY);
});

test("a wanted unit without a place, and one that fails, are shown with their reasons", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "nowhere.service", "fails.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service");
  await cluster.fleetctl("start", "--no-block", "nowhere.service");
  await cluster.fleetctl("start", "fails.service");
  const rows = (text: string): readonly string[][] =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/\t+/));
  assert.deepEqual(rows((await cluster.fleetctl("list-units")).stdout), [
    ["UNIT", "MACHINE", "ACTIVE", "SUB", "REASON"],
    ["a.service", HERE, "active", "running", "-"],
    ["fails.service", HERE, "failed", "failed", 'last run ended with result "exit-code"'],
    ["nowhere.service", "-", "inactive", "unplaced", REASON],
  ]);
  const units = async (...args: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const { stdout } = await cluster.fleetctl("list-units", "--no-legend", ...args);
    return stdout === "" ? [] : rows(stdout).map(([unit]) => unit);
  };
  assert.deepEqual(await units("--failed"), ["fails.service"]);
  assert.deepEqual(await units("--state=unplaced,running"), ["a.service", "nowhere.service"]);
  assert.deepEqual(await units("nowhere", "f*"), ["fails.service", "nowhere.service"]);
  assert.deepEqual(await units("--fields=unit,reason"), ["a.service", "fails.service", "nowhere.service"]);
  assert.deepEqual(await units("none*"), []);
  for (const args of [["--compat"], ["--fields=unit,machine,active,sub"]])
    assert.deepEqual(await units(...args), ["a.service", "fails.service"]);
  const asFleet = { variables: { FLEETCTL_COMPAT: "true" } };
  const { stdout } = await cluster.fleetctlWith(asFleet, "list-units");
  assert.deepEqual(rows(stdout)[0], ["UNIT", "MACHINE", "ACTIVE", "SUB"]);
  const json = JSON.parse((await cluster.fleetctl("list-units", "--output=json", "nowhere")).stdout) as object[];
  assert.deepEqual(json, [{ ...json[0], name: "nowhere.service", machineID: "", sub: "unplaced", reason: REASON }]);
});

test("--all also shows units that are wanted on no machine", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("idle.service");
  await cluster.fleetctl("submit", "idle.service");
  assert.match((await cluster.fleetctl("list-units", "--all")).stdout, /^idle\.service\t-\t+inactive\tdead$/m);
});

test("a unit of a machine that is away is shown with that machine", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.fleetctl("start", "a.service");
  await cluster.store.txn({ onSuccess: [{ delete: `machine/${MACHINE}` }] });
  assert.match(
    (await cluster.fleetctl("list-units")).stdout,
    /^a\.service\t113f16a7\.\.\.\tunknown\taway\tits machine is not in the cluster now$/m,
  );
});
