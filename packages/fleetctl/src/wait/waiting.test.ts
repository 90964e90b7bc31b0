import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, testCluster } from "../cluster.fixture.ts";

const AWAY = "deadbeef".padEnd(32, "0");

test("--block-attempts limits the wait, --no-block skips it", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  assert.deepEqual(await cluster.fleetctl("start", "--no-block", "slow.service"), {
    code: 0,
    stdout: "Unit slow.service inactive\nTriggered unit slow.service start\n",
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("start", "--block-attempts=2", "slow.service"), {
    code: 1,
    stdout: "",
    stderr: "Error waiting for units: timed out waiting for unit slow.service to report state launched\n",
  });
  assert.equal((await cluster.fleetctl("destroy", "--no-block", "slow.service")).stdout, "Destroyed slow.service\n");
});

test("a limit shorter than the grace period still reports why a unit has no place", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("nowhere.service");
  const { code, stderr } = await cluster.fleetctl("start", "--block-attempts=1", "nowhere.service");
  assert.equal(code, 1);
  assert.match(stderr, /^cannot place unit nowhere\.service on any machine now:\n {2}2 machines: metadata region=eu/);
});

test("a unit whose machine is away and that fits no other stays pending, with a message", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("nowhere.service");
  await cluster.fleetctl("start", "--no-block", "nowhere.service");
  const [unit] = (await cluster.store.range({ prefix: "unit/nowhere.service" })).entries;
  await cluster.put("assignment/m3/nowhere.service", JSON.parse(unit?.value ?? "{}"));
  const waited = await cluster.fleetctlUntil((stderr) => stderr.includes("region"), "start", "nowhere.service");
  assert.equal(waited.code, 130);
  assert.match(
    waited.stderr,
    /^still waiting for unit nowhere\.service:\n {2}2 machines: metadata region=eu missing\n {2}bring /,
  );
  const late = await cluster.fleetctl("start", "--block-attempts=1", "nowhere.service");
  assert.equal(late.code, 1);
  assert.match(late.stderr, /^cannot place unit nowhere\.service .*\n {2}2 machines: metadata region=eu/);
});

for (const command of ["stop", "unload", "destroy"]) {
  test(`${command} of units on a machine that is away reports that once, with advice`, async (t) => {
    const cluster = await testCluster(t);
    const names = ["nowhere1.service", "nowhere2.service"];
    for (const name of names) {
      await cluster.file(name);
      await cluster.fleetctl("start", "--no-block", name);
      const [unit] = (await cluster.store.range({ prefix: `unit/${name}` })).entries;
      await cluster.put(`assignment/${AWAY}/${name}`, JSON.parse(unit?.value ?? "{}"));
    }
    const waited = await cluster.fleetctl(command, "--block-attempts=10", ...names);
    assert.equal(waited.code, 1);
    assert.match(
      waited.stderr,
      new RegExp(
        `^still waiting for nowhere1\\.service and 1 more: machine deadbeef\\.\\.\\. is away, and will ${command} the unit ` +
          "when it returns; bring the machine back, or press Ctrl-C to stop waiting .*; the request stays in force\n" +
          "Error waiting for units: timed out",
      ),
    );
  });
}

test("a unit that dies right after its launch has failed to start, with the journal of that start", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("dies.service");
  await cluster.file("lives.service");
  const { code, stdout, stderr } = await cluster.fleetctl("start", "dies.service", "lives.service");
  assert.equal(code, 1);
  assert.match(stdout, /^Unit dies\.service launched on/m);
  assert.match(stdout, /^Unit lives\.service launched on/m);
  assert.match(stderr, /^cannot start unit dies\.service on .*exit-code/);
  assert.match(stderr, /at 2\n$/);
  assert.doesNotMatch(stderr, /at 0\n/, "an entry of two seconds before is from another run");
});

test("a global unit is not waited for", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("everywhere.service", `${FILE}\n[X-Fleet]\nGlobal=true\n`);
  assert.equal(
    (await cluster.fleetctl("start", "everywhere.service")).stdout,
    "Unit everywhere.service inactive\nTriggered global unit everywhere.service start\n",
  );
  assert.match((await cluster.fleetctl("list-unit-files", "--no-legend")).stdout, /\tlaunched\t-\tglobal\n$/);
  assert.equal(
    (await cluster.fleetctl("stop", "everywhere.service")).stdout,
    "Triggered global unit everywhere.service stop\n",
  );
});

test("a connection that is lost while waiting is reopened", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  let cuts = 0;
  const waiting = cluster.fleetctlUntil(
    (stderr) => {
      if (cuts === 0 && stderr.includes("still waiting")) cuts += 1;
      return false;
    },
    "start",
    "slow.service",
  );
  const assigned = `assignment/${MACHINE}/slow.service`;
  for await (const { events } of cluster.store.watch({ prefix: assigned, from: 1 }, AbortSignal.timeout(5000)))
    if (events.length > 0) break;
  // The stream may not be open yet: cuts are repeated until one is reported.
  const deadline = Date.now() + 5000;
  while (cuts === 0 && Date.now() < deadline) {
    cluster.cutConnections();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [unit] = (await cluster.store.range({ prefix: "unit/slow.service" })).entries;
  const { hash } = JSON.parse(unit?.value ?? "{}") as { hash: string };
  await cluster.put(`state/${MACHINE}/slow.service`, {
    hash,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
  });
  const { code, stdout } = await waiting;
  assert.equal(code, 0);
  assert.match(stdout, /launched on/);
});

test("Ctrl-C reports the pending units", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  const { code, stderr } = await cluster.fleetctlUntil(
    (_, stdout) => stdout.includes("inactive"),
    "start",
    "slow.service",
  );
  assert.equal(code, 130);
  assert.match(stderr, /^no longer waiting for slow\.service \(.*\): the request stays in force\n$/);
});

test("another client's stop ends the wait", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  let unloaded: Promise<unknown> | undefined;
  const { code, stderr } = await cluster.fleetctlUntil(
    (_, stdout) => {
      if (stdout.includes("inactive")) unloaded ??= cluster.fleetctl("unload", "slow.service");
      return false;
    },
    "start",
    "slow.service",
  );
  await unloaded;
  assert.equal(code, 1);
  assert.equal(stderr, "no longer waiting for unit slow.service: another client set it to inactive meanwhile\n");
});
