import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { openDbusUnitManager } from "./open.ts";
import { PrivateBus } from "./private-bus.ts";
import { StandInSystemd } from "./stand-in.ts";

const WEB = "web.service";

test("the stand-in starts and stops units as far as a unit manager can tell", async () => {
  const bus = await PrivateBus.start();
  const systemd = await StandInSystemd.start(bus.address);
  const directory = await mkdtemp(join(tmpdir(), "flotilla-stand-in-"));
  const [unitDir, linkDir] = [join(directory, "units"), join(directory, "links")];
  const manager = await openDbusUnitManager({
    ...{ bus: "system", address: bus.address, unitDir, linkDir },
    ...{ clock: systemClock, random: Math.random, log: silentLogger, callTimeoutMs: 5_000 },
  });
  await manager.write(WEB, "[Service]\nExecStart=/bin/true\n");
  assert.equal((await manager.start(WEB)).result, "done");
  assert.equal(manager.list().get(WEB)?.activeState, "active");
  assert.equal((await manager.stop(WEB)).result, "done");
  assert.equal(manager.list().get(WEB)?.activeState, "inactive");
  await manager.remove(WEB);
  assert.equal(manager.list().has(WEB), false);
  await manager.close();
  systemd.stop();
  await bus.stop();
  await rm(directory, { recursive: true });
});
