/** [Install] sections against a real systemd; runs as root inside a lab host. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { unitText } from "../../contract/unit-text.ts";
import type { DbusUnitManager } from "../index.ts";
import { LiveHarness, SYSTEM_SOCKET } from "../../fixture/live-harness.ts";

describe("[Install] on a real systemd", () => {
  const harness = new LiveHarness(SYSTEM_SOCKET);
  let manager: DbusUnitManager;
  before(async () => {
    manager = await harness.connect();
  });
  after(() => harness.close());

  const install = async (name: string, section: string): Promise<readonly string[]> => {
    await manager.write(name, `${unitText("running")}[Install]\n${section}\n`);
    const notes = await manager.enable(name);
    if (await manager.needsReload([name])) await manager.reload();
    await manager.load(name);
    return notes;
  };
  const show = async (name: string, property: string): Promise<string> =>
    (await harness.systemctl("show", "--property", property, "--value", name)).trim();
  const takeAway = async (name: string): Promise<void> => {
    await harness.waitFor(manager.stop(name));
    assert.equal(await harness.waitFor(manager.remove(name)), true);
  };

  it("gives a unit an alias, which is the same unit", async () => {
    assert.deepEqual(await install("named.service", "Alias=other-name.service"), []);
    await harness.waitFor(manager.start("named.service"));
    assert.equal(await show("other-name.service", "Names"), "named.service other-name.service");
    assert.equal(await show("other-name.service", "MainPID"), await show("named.service", "MainPID"));
    await takeAway("named.service");
    assert.equal(await show("other-name.service", "LoadState"), "not-found");
  });

  it("takes no name from the host", async () => {
    writeFileSync("/etc/systemd/system/hosts-own.service", unitText("running"));
    const names = ["systemd-logind.service", "dbus.service", "hosts-own.service", "getty@tty9.service", "x.target"];
    for (const alias of names) {
      const [note = ""] = await install("greedy.service", `Alias=${alias}`);
      assert.match(note, new RegExp(`^Alias=${alias} of greedy.service was left out: `));
    }
    await harness.systemctl("daemon-reload");
    assert.equal(await show("greedy.service", "Names"), "greedy.service");
    assert.notEqual(await show("systemd-logind.service", "FragmentPath"), "/run/systemd/system/greedy.service");
    await takeAway("greedy.service");
  });

  it("enables no unit of the host, and makes none depend on the unit", async () => {
    const notes = await install(
      "pulled.service",
      "Also=hosts-own.service\nRequiredBy=dbus.service\nWantedBy=multi-user.target",
    );
    assert.equal(notes.length, 2);
    await harness.systemctl("daemon-reload");
    assert.equal(await show("hosts-own.service", "UnitFileState"), "static");
    assert.equal(await show("pulled.service", "RequiredBy"), "");
    const wantedBy = (await show("pulled.service", "WantedBy")).split(" ");
    assert.deepEqual(new Set(wantedBy), new Set(["dbus.service", "multi-user.target"]));
    await takeAway("pulled.service");
    assert.ok(!existsSync("/run/systemd/system/dbus.service.wants"));
  });

  it("names the other unit when two units of the cluster ask for one name", async () => {
    await install("first.service", "Alias=shared.service");
    const [note = ""] = await install("second.service", "Alias=shared.service");
    assert.match(note, /first\.service, another unit of the cluster/);
    await assert.rejects(manager.write("shared.service", unitText("running")), { code: "name-taken" });
    await takeAway("first.service");
    await manager.write("shared.service", unitText("running"));
    assert.equal((await harness.waitFor(manager.start("shared.service"))).result, "done");
    const [again = ""] = await install("second.service", "Alias=shared.service\n# changed");
    assert.match(again, /another unit of the cluster/);
    await takeAway("shared.service");
    await takeAway("second.service");
  });

  it("removes the links of a replaced file from the disk and from systemd's memory", async () => {
    await install("replaced.service", "WantedBy=multi-user.target\nAlias=old-name.service");
    await harness.systemctl("daemon-reload");
    await harness.waitFor(manager.start("replaced.service"));
    await manager.write("replaced.service", unitText("running"));
    await manager.enable("replaced.service");
    assert.equal(await manager.needsReload(["replaced.service"]), true);
    await manager.reload();
    assert.equal(await manager.needsReload(["replaced.service"]), false);
    assert.equal(await show("replaced.service", "WantedBy"), "");
    await manager.write("old-name.service", unitText("running"));
    assert.equal((await harness.waitFor(manager.start("old-name.service"))).result, "done");
    await takeAway("old-name.service");
    await takeAway("replaced.service");
  });

  it("replaces the links that systemd made for an earlier version", async () => {
    await manager.write(
      "earlier.service",
      `${unitText("running")}[Install]\nAlias=by-systemd.service\nRequiredBy=dbus.service\n`,
    );
    await harness.systemctl("enable", "--runtime", "earlier.service");
    const next = await harness.connect();
    assert.equal(await show("by-systemd.service", "Names"), "earlier.service by-systemd.service");
    assert.equal(await show("earlier.service", "RequiredBy"), "");
    await harness.waitFor(manager.stop("earlier.service"));
    assert.equal(await harness.waitFor(next.remove("earlier.service")), true);
  });
});
