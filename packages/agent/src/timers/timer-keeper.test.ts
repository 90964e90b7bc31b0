import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inLab, type Lab, ONESHOT } from "../lab.fixture.ts";
import { FileTimerStamps } from "./file-timer-stamps.ts";

const TIMER = "job.timer";
const PERSISTENT = "[Timer]\nOnCalendar=daily\nPersistent=yes\n";

async function withTimer(lab: Lab, triggeredAt: number | undefined, text = PERSISTENT): Promise<void> {
  await lab.clock.advance(100_000);
  lab.start();
  await lab.assign("job.service", ONESHOT, { desired: "loaded" });
  await lab.assign(TIMER, text, { ...(triggeredAt !== undefined && { triggeredAt }) });
  await lab.untilPublished(TIMER, { active: "active" });
}

test("before a timer starts, systemd learns when it has last elapsed elsewhere", () =>
  inLab(async (lab) => {
    const elapsed = lab.clock.wall() + 50_000;
    await withTimer(lab, elapsed);
    assert.equal(lab.stamps.read(TIMER), elapsed);
    await lab.untilPublished(TIMER, { triggeredAt: elapsed });
  }));

test("a stamp of this machine that is later stays", () =>
  inLab(async (lab) => {
    const elapsed = lab.clock.wall() + 50_000;
    lab.stamps.write(TIMER, elapsed + 1);
    await withTimer(lab, elapsed);
    assert.equal(lab.stamps.read(TIMER), elapsed + 1);
  }));

test("a stamp is never in the future", () =>
  inLab(async (lab) => {
    await withTimer(lab, lab.clock.wall() + 5_000_000);
    assert.ok((lab.stamps.read(TIMER) ?? 0) > 0);
    assert.ok((lab.stamps.read(TIMER) ?? Number.POSITIVE_INFINITY) <= lab.clock.wall());
  }));

test("a timer without Persistent= has no stamp, and none is written without a known time", () =>
  inLab(async (lab) => {
    await withTimer(lab, lab.clock.wall() + 50_000, "[Timer]\nOnCalendar=daily\nPersistent=no\n");
    assert.equal(lab.stamps.read(TIMER), undefined);
    assert.equal((await lab.published()).get(TIMER)?.triggeredAt, undefined);
    await lab.assign(TIMER, PERSISTENT);
    await lab.untilPublished(TIMER, { active: "active" });
    assert.equal(lab.stamps.read(TIMER), undefined);
  }));

test("the time at which a timer elapses here is published", () =>
  inLab(async (lab) => {
    await withTimer(lab, undefined);
    const elapsed = lab.clock.wall();
    lab.stamps.write(TIMER, elapsed);
    lab.systemd.fire(TIMER);
    await lab.untilPublished(TIMER, { triggeredAt: elapsed });
  }));

test("stamps on the disk are the modification times of systemd's files", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "stamps-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const stamps = new FileTimerStamps(join(directory, "systemd/timers"));
  assert.equal(stamps.read(TIMER), undefined);
  for (const at of [1_700_000_000_123, 1_700_000_100_000]) {
    stamps.write(TIMER, at);
    assert.equal(stamps.read(TIMER), at);
  }
  assert.equal(statSync(join(directory, "systemd/timers/stamp-job.timer")).size, 0);
});
