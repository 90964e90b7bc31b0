import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";
const ONESHOT = "[Service]\nType=oneshot\nExecStart=/bin/true\n";

test("run --wait places a new unit, waits for its run, and exits as the run does", async (t) => {
  const cluster = await testCluster(t);
  for (const [name, code, stderr] of [
    ["job.service", 0, ""],
    ["exits-3.service", 3, `the run of exits-3.service on ${HERE} ended after 2.5s: exit-code 3\n`],
    ["killed.service", 137, `the run of killed.service on ${HERE} ended after 2.5s: signal KILL\n`],
    ["lost.service", 1, `the run of lost.service on ${HERE} ended after 2.5s: lost\n`],
  ] as const) {
    await cluster.file(name, ONESHOT);
    const ended = await cluster.fleetctl("run", "--wait", name);
    assert.deepEqual(ended, { code, stdout: `Unit ${name} inactive\nUnit ${name} loaded on ${HERE}\n`, stderr }, name);
  }
});

test("run does not change a unit that is launched, and takes a template's instance, a copy or a timer", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("job.service", ONESHOT);
  await cluster.fleetctl("start", "job.service");
  const line = `Unit job.service runs on ${HERE}, invocation ${"f".padStart(32, "0")}\n`;
  assert.deepEqual(await cluster.fleetctl("run", "job"), { code: 0, stdout: line, stderr: "" });
  assert.equal((await cluster.fleetctl("run", "job.service@web1", "--wait")).code, 0);
  await cluster.file("backup@.service", ONESHOT);
  await cluster.fleetctl("submit", "backup@.service");
  assert.equal((await cluster.fleetctl("run", "backup@db1", "--wait")).code, 0);
  await cluster.file("job.timer", "[Timer]\nOnCalendar=hourly\n");
  await cluster.fleetctl("submit", "job.timer");
  assert.equal((await cluster.fleetctl("run", "job.timer")).stdout, line);
  assert.deepEqual(
    cluster.actions
      .filter((action) => action.startsWith("run"))
      .map((action) => action.replace(MACHINE.slice(0, 8), "M")),
    ["run job.service@M", "run job.service@M", "run backup@db1.service@M", "run job.service@M"],
  );
});

test("run says why nothing runs", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["refuses.service", "nowhere.service"]) await cluster.file(name, ONESHOT);
  const refused = await cluster.fleetctl("run", "--wait", "refuses.service");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^cannot run refuses\.service: a run is under way \(activating, start\)$/m);
  const unplaced = await cluster.fleetctl("run", "nowhere.service");
  assert.equal(unplaced.code, 1);
  assert.match(unplaced.stderr, /cannot place unit nowhere\.service.*\n.*metadata region=eu missing/);
  assert.match((await cluster.fleetctl("run", "none.timer")).stderr, /unit none\.timer is not in the cluster/);
  assert.equal((await cluster.fleetctl("run", "web@*")).code, 2);
});

test("run --wait goes on when the daemon restarts, and says on Ctrl-C that the run goes on", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service", ONESHOT);
  let isCut = false;
  const until = (stderr: string): boolean => {
    if (stderr.includes("still waiting")) return true;
    if (!isCut) setTimeout(() => cluster.cutConnections(), 200);
    isCut = true;
    return false;
  };
  const { code, stderr } = await cluster.fleetctlWith(
    { until: (err, out) => until(err + out) },
    "run",
    "--wait",
    "slow.service",
  );
  assert.equal(code, 130);
  assert.match(stderr, /still waiting, retrying/);
  assert.match(stderr, /no longer waiting for the run of slow\.service: it goes on; `fleetctl runs slow\.service`/);
});

test("runs lists the last runs, the latest first, also as JSON", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("exits-3.service", ONESHOT);
  await cluster.fleetctl("run", "--wait", "exits-3.service");
  const earlier = {
    machineID: "85c0c595".padEnd(32, "0"),
    invocation: "e".padStart(32, "0"),
    startedAt: 0,
    endedAt: 700,
  };
  await cluster.put("runs/exits-3.service", { runs: [{ ...earlier, result: "success", code: "exited", status: 0 }] });
  const { stdout } = await cluster.fleetctl("runs", "exits-3");
  assert.deepEqual(
    stdout.split("\n").map((line) => line.split(/\t+/).map((cell) => cell.trim())),
    [
      ["START", "DURATION", "MACHINE", "CODE", "RESULT", "INVOCATION"],
      ["1970-01-01T00:00:01Z", "2.5s", HERE, "3", "exit-code 3", "f".padStart(32, "0")],
      ["1970-01-01T00:00:00Z", "700ms", "85c0c595.../172.17.8.102", "0", "success", "e".padStart(32, "0")],
      [""],
    ],
  );
  const { stdout: json } = await cluster.fleetctl("runs", "exits-3", "-n", "1", "--output", "json");
  assert.deepEqual(
    (JSON.parse(json) as { exitCode: number }[]).map(({ exitCode }) => exitCode),
    [3],
  );
  assert.match((await cluster.fleetctl("runs", "none")).stderr, /Unit none\.service does not exist/);
  assert.equal((await cluster.fleetctl("runs", "exits-3", "-n", "0")).code, 2);
});
