/** The contract on systemd's own socket; runs as root inside a lab host, as dbus-unit-manager.live.ts does. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { unitManagerContract } from "../contract/index.ts";
import { unitText } from "../contract/unit-text.ts";
import { UnitManagerUnavailableError } from "../unit-manager-error.ts";
import { openDbusUnitManager } from "./index.ts";
import { LiveHarness, SYSTEM_SOCKET } from "../fixture/live-harness.ts";

unitManagerContract("systemd's own socket", async () => new LiveHarness(SYSTEM_SOCKET));

describe("systemd's own socket", () => {
  const harness = new LiveHarness(SYSTEM_SOCKET);
  after(() => harness.close());

  it("is used by default, and needs no bus", async () => {
    await harness.systemctl("stop", "dbus.socket", "dbus.service");
    const parts = { clock: systemClock, random: Math.random, log: silentLogger, callTimeoutMs: 5_000 };
    const manager = await openDbusUnitManager({ bus: "system", ...parts });
    await manager.write("own-1.service", unitText("running"));
    assert.equal((await harness.waitFor(manager.start("own-1.service"))).result, "done");
    await manager.close();
    await harness.systemctl("start", "dbus.socket");
  });

  it("is found again after a reload and a re-execution of systemd, and no change is missed", async () => {
    const manager = await harness.connect();
    await manager.write("own-2.service", unitText("running"));
    await manager.write("own-3.service", unitText("hanging"));
    await harness.waitFor(manager.start("own-2.service"));
    const waiting = manager.start("own-3.service").catch(() => {});
    await harness.until("the start to hang", () => manager.list().get("own-3.service")?.activeState === "activating");
    let flickered = false;
    manager.onChange(() => void (flickered ||= manager.list().get("own-2.service")?.activeState !== "active"));
    await harness.systemctl("daemon-reload");
    await harness.systemctl("daemon-reexec");
    // The first stop may be sent to the old systemd, and be the call that shows the loss.
    const lost = await harness.waitFor(manager.stop("own-3.service")).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(lost === undefined || lost instanceof UnitManagerUnavailableError);
    await harness.until("the connection to be back", () => manager.connected);
    assert.equal((await harness.waitFor(manager.stop("own-3.service"))).result, "done");
    await waiting;
    assert.notEqual(manager.list().get("own-3.service")?.activeState, "activating");
    assert.equal(flickered, false);
  });

  it("connects while systemd sends many signals", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `own-many-${index}.service`);
    const manager = await harness.connect();
    await Promise.all(names.map((name) => manager.write(name, unitText("running"))));
    const starts = Promise.all(names.map((name) => manager.start(name)));
    const others = await harness.waitFor(Promise.all(names.slice(20).map(() => harness.connect(5_000))));
    await harness.waitFor(starts);
    const last = others.at(-1);
    await harness.until("all units to be listed", () =>
      names.every((name) => last?.list().get(name)?.activeState === "active"),
    );
  });
});
