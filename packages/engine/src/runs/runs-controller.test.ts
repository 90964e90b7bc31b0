import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "@flotilla/model";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";
import { txnsOf } from "../fixture/engine-lab.fixture.ts";

const lab = engineLabs();
const JOB = "job.service";

function run(number: number, change: Partial<Run> = {}): Run {
  const invocation = String(number).padStart(32, "0");
  const times = { startedAt: number * 1_000, endedAt: number * 1_000 + 500 };
  return { invocation, ...times, result: "success", code: "exited", status: 0, ...change };
}

const lasting = (number: number): Run => run(number, { endedAt: 0, result: "", code: "" });
const OVER = { active: "inactive", sub: "dead" };

type Cluster = Awaited<ReturnType<typeof lab>>;

function kept({ feed }: Cluster): string[] {
  const { runs = [] } = feed.view.histories.get(JOB) ?? {};
  return runs.map(({ machineID, invocation, result }) => `${Number(invocation)} ${machineID} ${result}`);
}

async function withJob(): Promise<{ cluster: Cluster; engine: ReturnType<Cluster["start"]> }> {
  const cluster = await lab("m1", "m2");
  const engine = cluster.start("m2");
  await cluster.submit(JOB, "launched", ["MachineID=m1"]);
  await cluster.untilPlaces(`${JOB} m1`);
  return { cluster, engine };
}

test("a run that has ended is kept when its machine and its unit's place are gone", async () => {
  const { cluster } = await withJob();
  await cluster.started(JOB, "m1", { ...OVER, runs: [run(1)] });
  await cluster.until(() => kept(cluster).length === 1, 1_000);
  await cluster.die("m1");
  await cluster.clock.advance(30_000);
  assert.deepEqual(kept(cluster), ["1 m1 success"]);
});

test("runs of two machines with the same invocation are two runs", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.submit(JOB, "launched", ["Global=true"]);
  for (const machineID of ["m1", "m2"]) await cluster.started(JOB, machineID, { ...OVER, runs: [run(1)] });
  cluster.start("m2");
  await cluster.until(() => kept(cluster).length === 2, 5_000);
  assert.deepEqual(kept(cluster), ["1 m1 success", "1 m2 success"]);
});

test("the runs of a unit are written at most once in 5 s, and none is missing", async () => {
  const { cluster, engine } = await withJob();
  await cluster.started(JOB, "m1", { ...OVER, runs: [run(1)] });
  await cluster.until(() => kept(cluster).length === 1, 1_000);
  const before = txnsOf(engine).length;
  for (let count = 2; count <= 5; count += 1) {
    await cluster.started(JOB, "m1", { ...OVER, runs: Array.from({ length: count }, (_, index) => run(index + 1)) });
    await cluster.clock.advance(1_000);
  }
  await cluster.until(() => kept(cluster).length === 5, 2_000);
  const writes = txnsOf(engine)
    .slice(before)
    .filter(({ txn }) => JSON.stringify(txn).includes("runs/"));
  assert.equal(writes.length, 1);
});

test("a run that lasts when its machine is lost is kept as lost", async () => {
  const { cluster, engine } = await withJob();
  await cluster.started(JOB, "m1", { active: "activating", sub: "start", runs: [run(1), lasting(2)] });
  await cluster.clock.advance(100);
  await cluster.die("m1");
  await cluster.until(() => kept(cluster).length === 2, 1_000);
  assert.deepEqual(kept(cluster), ["1 m1 success", "2 m1 lost"]);
  assert.ok(engine.logged.some(({ message }) => message === "a run of a unit was lost with its machine"));
});

test("a leader that takes over keeps the runs that ended before, and sees those that are lost later", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.submit(JOB, "launched");
  await cluster.started(JOB, "m1", { active: "activating", sub: "start", runs: [run(1), lasting(2)] });
  cluster.start("m2");
  await cluster.until(() => kept(cluster).length === 1, 5_000);
  await cluster.die("m1");
  await cluster.until(() => kept(cluster).length === 2, 1_000);
  assert.deepEqual(kept(cluster), ["1 m1 success", "2 m1 lost"]);
});

test("a unit that is destroyed leaves no runs", async () => {
  const { cluster } = await withJob();
  await cluster.started(JOB, "m1", { ...OVER, runs: [run(1)] });
  await cluster.until(() => kept(cluster).length === 1, 1_000);
  await cluster.destroy(JOB);
  await cluster.until(() => !cluster.feed.view.histories.has(JOB), 10_000);
});

test("a unit without runs causes no write", async () => {
  const { cluster, engine } = await withJob();
  await cluster.clock.advance(5_000);
  const before = txnsOf(engine).length;
  await cluster.started(JOB, "m1");
  await cluster.started(JOB, "m1", { ...OVER });
  await cluster.clock.advance(5_000);
  assert.equal(txnsOf(engine).length, before);
});
