import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { ProcessesLeftError } from "../../unit-manager-error.ts";
import { killLeftovers } from "./leftovers.ts";

/** A systemd in which a process of the unit outlasts so many kills. */
function systemdWhere(outlasts: number) {
  let kills = 0;
  const manager = async <T>(
    member: string,
    _: string,
    __: readonly unknown[],
    read: (body: readonly unknown[]) => T,
  ) => {
    if (member === "KillUnit") kills += 1;
    const left = kills > outlasts ? [] : [["/system.slice/web.service", 7, "sleep"]];
    return read(member === "GetUnitProcesses" ? [left] : []);
  };
  return { manager, lost: new AbortController().signal, kills: () => kills };
}

async function kill(outlasts: number): Promise<{ readonly found: number; readonly kills: number }> {
  const clock = new ManualClock();
  const systemd = systemdWhere(outlasts);
  const killing = killLeftovers(systemd, "web.service", { clock, random: () => 0.5 });
  const finished = { yet: false };
  const done = (): void => void (finished.yet = true);
  killing.then(done, done);
  for (let step = 0; step < 1_000 && !finished.yet; step += 1) await clock.advance(10);
  return { found: await killing, kills: systemd.kills() };
}

test("processes are killed until the control group is empty", async () => {
  assert.deepEqual(await kill(3), { found: 1, kills: 4 });
});

test("a process that outlasts 20 kills is given up, with the reason", async () => {
  await assert.rejects(kill(20), (error) => {
    assert.ok(error instanceof ProcessesLeftError);
    assert.match(error.message, /web\.service has stopped, but 1 of its processes cannot be killed/);
    return true;
  });
});
