import assert from "node:assert/strict";
import { constants } from "node:os";
import { it } from "node:test";
import type { Bench } from "./bench.ts";

const { SIGKILL } = constants.signals;

/** Restart=, RestartSec= and StartLimitBurst= (systemd.service(5), systemd.unit(5)). */
export function automaticRestarts(bench: Bench): void {
  const begin = async (name: string, restartSec: string, burst = 2): Promise<void> => {
    const limit = `[Unit]\nStartLimitBurst=${burst}\nStartLimitIntervalSec=60\n`;
    const restart = `Restart=on-failure\nRestartSec=${restartSec}\n`;
    await bench.manager.write(name, `${limit}${bench.harness.unit(name, "running")}${restart}`);
    assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "done");
  };
  const kill = (name: string): Promise<void> => bench.manager.kill(name, { signal: SIGKILL, whom: "main" });
  const pauses = (name: string): Promise<void> =>
    bench.harness.until("the pause to begin", () => bench.states(name) === "activating/auto-restart");

  it("restarts a unit after a pause each time it dies, up to the start limit", async () => {
    const name = "contract-restarted.service";
    await begin(name, "200ms");
    await kill(name);
    await pauses(name);
    assert.equal(bench.unit(name).result, "signal");
    assert.equal(bench.unit(name).job, "");
    await bench.harness.until("the unit to run again", () => bench.states(name) === "active/running");
    await kill(name);
    await pauses(name);
    await bench.harness.until("systemd to stop restarting it", () => bench.states(name) === "failed/failed");
    assert.equal(bench.unit(name).result, "signal");
    await bench.manager.remove(name);
  });

  it("stops a unit at once during the pause", async () => {
    const name = "contract-paused.service";
    await begin(name, "100");
    await kill(name);
    await pauses(name);
    assert.equal((await bench.harness.waitFor(bench.manager.stop(name))).result, "done");
    assert.equal(bench.states(name), "inactive/dead");
    await bench.manager.remove(name);
  });

  for (const [burst, result] of [
    [3, "done"],
    [2, "failed"],
  ] as const)
    it(`makes a start wait for the end of the pause, and counts it among ${burst} allowed starts`, async () => {
      const name = `contract-hurried-${burst}.service`;
      await begin(name, "1", burst);
      await kill(name);
      await pauses(name);
      const started = bench.manager.start(name);
      await bench.harness.until("the start to wait", () => bench.unit(name).job === "start");
      assert.equal(bench.states(name), "activating/auto-restart");
      assert.equal((await bench.harness.waitFor(started)).result, result);
      assert.equal(bench.states(name), result === "done" ? "active/running" : "failed/failed");
      await bench.harness.waitFor(bench.manager.stop(name));
      await bench.manager.remove(name);
    });

  it("does not count a start that an assertion refuses", async () => {
    const name = "contract-asserted.service";
    await bench.manager.write(name, `[Unit]\nAssertPathExists=!/\n${bench.harness.unit(name, "running")}`);
    for (let times = 0; times < 7; times += 1)
      assert.equal((await bench.harness.waitFor(bench.manager.start(name))).result, "assert");
    assert.equal(bench.states(name), "inactive/dead");
    await bench.manager.remove(name);
  });
}
