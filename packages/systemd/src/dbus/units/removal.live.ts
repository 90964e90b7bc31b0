/** Removal on a real systemd that other units make start the unit again; runs as root inside a lab host. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { unitText } from "../../contract/unit-text.ts";
import type { DbusUnitManager } from "../index.ts";
import { LiveHarness, SYSTEM_SOCKET } from "../../fixture/live-harness.ts";
import { NO_SUCH_UNIT, UnitManagerRefusedError } from "../../unit-manager-error.ts";

/** Stops of a unit that is started again and again. */
const MOST_STOPS = 5;

describe("removal on a real systemd", () => {
  const harness = new LiveHarness(SYSTEM_SOCKET);
  let manager: DbusUnitManager;
  before(async () => {
    manager = await harness.connect();
  });
  after(() => harness.close());

  /** Stops and removes the unit until it is removed, as the agent does. */
  const takeAway = async (name: string): Promise<void> => {
    for (let stops = 1; ; stops += 1) {
      // systemd refuses to stop a unit that it has unloaded meanwhile, which is as good as stopped.
      await harness.waitFor(manager.stop(name)).catch((error: unknown) => {
        if (!(error instanceof UnitManagerRefusedError) || error.errorName !== NO_SUCH_UNIT) throw error;
      });
      if (await harness.waitFor(manager.remove(name))) return;
      assert.ok(stops < MOST_STOPS, `${name} is still there`);
    }
  };
  const lines = (path: string): number => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0);

  it("needs no reload when no other unit refers to the unit", async () => {
    const reloadedAt = await harness.systemctl("show", "--property", "UnitsLoadTimestampMonotonic");
    for (const kind of ["running", "failing"] as const) {
      await manager.write("plain.service", unitText(kind));
      await harness.waitFor(manager.start("plain.service"));
      await takeAway("plain.service");
      assert.equal(manager.list().has("plain.service"), false);
    }
    assert.equal(await harness.systemctl("show", "--property", "UnitsLoadTimestampMonotonic"), reloadedAt);
  });

  it("keeps a remaining timer from starting the unit", async () => {
    await manager.write("often.service", "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>/root/often'\n");
    await manager.write("often.timer", "[Timer]\nOnActiveSec=50ms\nOnUnitActiveSec=50ms\nAccuracySec=1ms\n");
    await manager.load("often.service");
    await harness.waitFor(manager.start("often.timer"));
    await harness.until("the timer to have fired", () => lines("/root/often") > 3);
    await takeAway("often.service");
    const ran = lines("/root/often");
    await harness.startByHand("often.service");
    await harness.systemctl("restart", "often.timer").catch(() => {});
    await harness.startByHand("often.service");
    assert.equal(lines("/root/often"), ran);
    await takeAway("often.timer");
  });

  it("prevents a start of a removed unit by a target that wants it", async () => {
    await manager.write("wanted.service", unitText("installable"));
    await manager.enable("wanted.service");
    await harness.systemctl("daemon-reload");
    await harness.waitFor(manager.start("wanted.service"));
    await takeAway("wanted.service");
    await harness.systemctl("start", "multi-user.target");
    await harness.startByHand("wanted.service");
    assert.equal(await harness.isActive("wanted.service"), false);
  });

  it("keeps incoming connections from starting the unit, 20 times", async () => {
    const service = "[Service]\nExecStart=/bin/sh -c 'echo began >>/root/began; exec sleep 100000'\n";
    await manager.write("busy.socket", "[Socket]\nListenStream=/run/busy.sock\nTriggerLimitBurst=0\n");
    const caller = callEndlessly("/run/busy.sock");
    try {
      for (let round = 0; round < 20; round += 1) {
        await manager.write("busy.service", service);
        if (await manager.needsReload(["busy.service"])) await manager.reload();
        await manager.load("busy.service");
        const started = lines("/root/began");
        await harness.waitFor(manager.restart("busy.socket"));
        await harness.until("a connection to have come in", () => lines("/root/began") > started);
        await takeAway("busy.service");
        const began = lines("/root/began");
        await harness.startByHand("busy.service");
        assert.equal(await harness.isActive("busy.service"), false);
        assert.equal(lines("/root/began"), began);
      }
    } finally {
      caller.kill();
    }
    await takeAway("busy.socket");
  });

  it("affects no other unit, even for a name that is a prefix", async () => {
    const holder = "[Unit]\nWants=ex-.service\n";
    await manager.write("ex-.service", `${unitText("running")}Environment=LAST=1 \\`);
    await manager.write("ex-other.service", holder + unitText("running"));
    await harness.waitFor(manager.start("ex-other.service"));
    await takeAway("ex-.service");
    await harness.startByHand("ex-.service");
    assert.equal(await harness.isActive("ex-.service"), false);
    await harness.systemctl("daemon-reload");
    assert.equal((await harness.waitFor(manager.restart("ex-other.service"))).result, "done");
    await takeAway("ex-other.service");
  });

  it("finds and removes a running unit whose link and file were deleted", async () => {
    await manager.write("lost.service", unitText("running"));
    await harness.waitFor(manager.start("lost.service"));
    rmSync("/run/systemd/system/lost.service");
    rmSync("/run/fleet/units/lost.service");
    const other = await harness.connect();
    assert.equal(other.list().has("lost.service"), false);
    assert.equal(await harness.waitFor(other.remove("lost.service")), false);
    assert.equal(other.list().get("lost.service")?.activeState, "active");
    assert.equal((await harness.waitFor(other.stop("lost.service"))).result, "done");
    assert.equal(await harness.waitFor(other.remove("lost.service")), true);
    await harness.startByHand("lost.service");
    assert.equal(await harness.isActive("lost.service"), false);
  });

  it("leaves a unit of the host in systemd's runtime directory alone", async () => {
    writeFileSync("/run/systemd/system/own.service", unitText("running"));
    await harness.systemctl("start", "own.service");
    assert.equal(await harness.waitFor(manager.remove("own.service")), true);
    assert.equal(await harness.isActive("own.service"), true);
  });
});

/** A process that connects to a socket again and again. */
function callEndlessly(path: string): ChildProcess {
  const program = [
    "import socket, time",
    "while True:",
    "    try:",
    "        socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
    "    except OSError:",
    "        time.sleep(0.001)",
  ].join("\n");
  return spawn("python3", ["-c", `import sys\n${program}`, path], { stdio: "ignore" });
}
