import assert from "node:assert/strict";
import { test } from "node:test";
import { engineLabs } from "../fixture/engine-labs.fixture.ts";

const lab = engineLabs();
const TIMER = "job.timer";

type Cluster = Awaited<ReturnType<typeof lab>>;

const told = ({ feed }: Cluster, machineID: string): number | undefined =>
  feed.view.assignments.get(TIMER)?.get(machineID)?.triggeredAt;

test("a timer's next machine is told when the timer has last elapsed, although its former machine is gone", async () => {
  const cluster = await lab("m1", "m2", "m3");
  await cluster.clock.advance(1_000_000);
  cluster.start("m3");
  await cluster.submit(TIMER, "launched", ["MachineMetadata=none=1"]);
  await cluster.clock.advance(3_000);
  await cluster.join("m1", { none: "1" });
  await cluster.untilPlaces(`${TIMER} m1`);
  assert.equal(told(cluster, "m1"), undefined);
  const elapsed = cluster.clock.wall() - 5_000;
  await cluster.started(TIMER, "m1", { triggeredAt: elapsed });
  await cluster.until(() => cluster.feed.view.histories.get(TIMER)?.triggeredAt === elapsed, 1_000);
  await cluster.die("m1");
  await cluster.clock.advance(20_000);
  await cluster.join("m2", { none: "1" });
  await cluster.until(() => told(cluster, "m2") === elapsed, 60_000);
});

test("a time of a clock that is ahead is not passed on", async () => {
  const cluster = await lab("m1", "m2");
  await cluster.clock.advance(1_000_000);
  cluster.start("m2");
  await cluster.submit(TIMER, "launched");
  await cluster.until(() => cluster.places().length === 1);
  const [first = ""] = cluster.feed.view.assignments.get(TIMER)?.keys() ?? [];
  await cluster.started(TIMER, first, { triggeredAt: cluster.clock.wall() + 3_600_000 });
  await cluster.clock.advance(1_000);
  await cluster.leaveAtOnce(first);
  const next = first === "m1" ? "m2" : "m1";
  await cluster.until(() => (told(cluster, next) ?? 0) > 0, 60_000);
  assert.ok((told(cluster, next) ?? Number.POSITIVE_INFINITY) <= cluster.clock.wall());
});
