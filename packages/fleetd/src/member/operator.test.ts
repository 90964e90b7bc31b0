import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import { localOperator } from "./operator.ts";

const signal = new AbortController().signal;
const UNIT = "a.service";

async function running() {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock });
  const manager = new FakeUnitManager(systemd);
  await manager.write(UNIT, "[Service]\nExecStart=/bin/sleep 1000\n");
  const started = manager.start(UNIT);
  await clock.advance(100);
  await started;
  return { clock, systemd, manager, operator: localOperator(manager, clock) };
}

test("kill sends a signal, and reset-failed clears the failed state", async () => {
  const { systemd, operator } = await running();
  const done = { ok: true, message: "" };
  assert.deepEqual(await operator.act(UNIT, { kind: "kill", signal: 9, whom: "all" }, signal), done);
  assert.equal(systemd.units.get(UNIT)?.activeState, "failed");
  assert.deepEqual(await operator.act(UNIT, { kind: "reset-failed" }, signal), done);
  assert.equal(systemd.units.has(UNIT), false);
});

test("restart waits for the job, and a failed restart reports the reason", async () => {
  const { clock, systemd, operator } = await running();
  const restarted = operator.act(UNIT, { kind: "restart" }, signal);
  await clock.advance(100);
  assert.deepEqual(await restarted, { ok: true, message: "" });
  assert.equal(systemd.starts(UNIT), 2);
  systemd.behave(UNIT, { start: "failed" });
  const failed = operator.act(UNIT, { kind: "restart" }, signal);
  await clock.advance(100);
  assert.match((await failed).message, /restart of a\.service: exit-code/);
  assert.equal((await failed).ok, false);
});

test("a hanging restart is reported as under way, and continues", async () => {
  const { clock, systemd, operator } = await running();
  systemd.behave(UNIT, { start: "hang" });
  const hanging = operator.act(UNIT, { kind: "restart" }, signal);
  await clock.advance(101_000);
  assert.deepEqual([(await hanging).ok, systemd.units.get(UNIT)?.job?.type], [true, "restart"]);
  assert.match((await hanging).message, /under way/);
});

const ONESHOT = "[Service]\nType=oneshot\nExecStart=/bin/true\n";

async function withJob(text = ONESHOT) {
  const lab = await running();
  await lab.manager.write("job.service", text);
  await lab.manager.load("job.service");
  const run = (id: string) => lab.operator.act("job.service", { kind: "run", id }, signal);
  return { ...lab, run };
}

test("a run starts once for each request, and the answer does not wait for its end", async () => {
  const { clock, systemd, run } = await withJob();
  systemd.behave("job.service", { startMs: 1_000_000 });
  const [first, again] = await Promise.all([run("one"), run("one")]);
  assert.deepEqual([first.ok, first.invocation?.length], [true, 32]);
  assert.equal(again.invocation, first.invocation);
  assert.equal(systemd.starts("job.service"), 1);
  const refused = await run("two");
  assert.deepEqual([refused.ok, refused.message], [false, "a run is under way (activating, start)"]);
  await clock.advance(1_000_000);
  const next = await run("two");
  assert.deepEqual([next.ok, next.message], [false, refused.message]);
  const third = await run("three");
  assert.ok(third.ok && third.invocation !== first.invocation);
});

test("a run of a service that runs, that remains active after its end, or that is none", async () => {
  const { clock, systemd, operator, run } = await withJob(`${ONESHOT}RemainAfterExit=yes\n`);
  const first = run("one");
  await clock.advance(100);
  assert.equal(systemd.units.get("job.service")?.subState, "exited");
  const second = run("two");
  await clock.advance(100);
  assert.notEqual((await second).invocation, (await first).invocation);
  const runs = await operator.act(UNIT, { kind: "run", id: "1" }, signal);
  assert.match(runs.message, /runs already \(active, running\); use `fleetctl restart a\.service`/);
  assert.match((await operator.act("a.timer", { kind: "run", id: "1" }, signal)).message, /only services have runs/);
  assert.match((await operator.act("b.service", { kind: "run", id: "1" }, signal)).message, /not on this machine yet/);
});

test("a run that systemd does not begin is refused with its words", async () => {
  const { clock, systemd, run } = await withJob();
  systemd.assertStarts(() => false);
  const refused = run("one");
  await clock.advance(100);
  assert.deepEqual(await refused, {
    ok: false,
    message: "start of job.service: assert: an assertion of the unit does not hold",
  });
});

test("a refusal of systemd or the port is reported; the host's own units are refused", async () => {
  const { systemd, operator } = await running();
  systemd.addHostUnit("host.service");
  const reload = await operator.act(UNIT, { kind: "reload" }, signal);
  assert.deepEqual(reload, { ok: false, message: "Job type reload is not applicable for unit a.service." });
  for (const kind of ["restart", "reload", "reset-failed"] as const) {
    const refused = await operator.act("host.service", { kind }, signal);
    assert.deepEqual([refused.ok, /not a unit of the cluster/.test(refused.message)], [false, true], kind);
  }
  systemd.dropBus();
  assert.equal((await operator.act(UNIT, { kind: "reset-failed" }, signal)).ok, false);
});
