/** Changes by others to the cluster's units on a real host; runs as root inside a lab host. */
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { unitText } from "../../contract/unit-text.ts";
import { notingOrigin } from "../../started-from.ts";
import type { DbusUnitManager } from "../index.ts";
import { LiveHarness, SYSTEM_SOCKET } from "../../fixture/live-harness.ts";

const INSTALLED = `${unitText("running")}[Install]\nWantedBy=multi-user.target\n`;

describe("changes by others to the cluster's units on a real host", () => {
  const harness = new LiveHarness(SYSTEM_SOCKET);
  let manager: DbusUnitManager;
  before(async () => {
    manager = await harness.connect();
  });
  after(() => harness.close());

  const place = async (name: string): Promise<void> => {
    await manager.write(name, INSTALLED);
    await manager.enable(name);
    if (await manager.needsReload([name])) await manager.reload();
    await manager.load(name);
  };
  const show = async (name: string, property: string): Promise<string> =>
    (await harness.systemctl("show", "--property", property, "--value", name)).trim();
  const started = async (name: string): Promise<string> => {
    await place(name);
    await harness.waitFor(manager.start(name));
    return await show(name, "MainPID");
  };

  const changes: readonly (readonly [string, (name: string) => Promise<unknown> | void])[] = [
    ["removes its file", (name) => rmSync(`/run/fleet/units/${name}`)],
    ["removes its link", (name) => rmSync(`/run/systemd/system/${name}`)],
    [
      "removes a link of its [Install] section",
      (name) => rmSync(`/run/systemd/system/multi-user.target.wants/${name}`),
    ],
    ["disables it", (name) => harness.systemctl("disable", "--runtime", name)],
    [
      "removes its file and reloads systemd",
      (name) => {
        rmSync(`/run/fleet/units/${name}`);
        return harness.systemctl("daemon-reload");
      },
    ],
    [
      "removes its file and its link and reloads systemd",
      (name) => {
        for (const place of ["/run/fleet/units", "/run/systemd/system"]) rmSync(`${place}/${name}`);
        return harness.systemctl("daemon-reload");
      },
    ],
    ["removes the directory of unit files", () => rmSync("/run/fleet/units", { recursive: true })],
  ];
  for (const [index, [what, act]] of changes.entries()) {
    for (const restarted of [false, true]) {
      it(`restores a unit without a restart when an administrator ${what}${restarted ? " while no daemon runs" : ""}`, async () => {
        const name = `hand-${index}-${Number(restarted)}.service`;
        const pid = await started(name);
        await act(name);
        const next = restarted ? await harness.connect() : manager;
        await next.inspect();
        const known = next.list().get(name);
        // A daemon restores [Install] links when it starts, but cannot find a unit whose file and link are both
        // missing.
        if (known?.text === INSTALLED)
          assert.ok(restarted && existsSync(`/run/systemd/system/multi-user.target.wants/${name}`), what);
        else if (known === undefined) assert.ok(restarted && what.includes("its file and its link"), what);
        await next.write(name, INSTALLED);
        assert.deepEqual(await next.enable(name), []);
        if (await next.needsReload([name])) await next.reload();
        await next.load(name);
        await harness.until("the unit to be loaded", () => next.list().get(name)?.loadState === "loaded");
        assert.equal(await show(name, "MainPID"), pid);
        assert.equal(await show(name, "LoadState"), "loaded");
        assert.equal(await show(name, "UnitFileState"), "enabled-runtime");
        assert.equal((await harness.waitFor(next.restart(name))).result, "done");
        await harness.waitFor(next.stop(name));
        assert.equal(await harness.waitFor(next.remove(name)), true);
        if (restarted) await manager.remove(name);
      });
    }
  }

  it("leaves a running unit to the host when the host gets a unit of that name", async () => {
    const name = "taken.service";
    const pid = await started(name);
    writeFileSync(`/etc/systemd/system/${name}`, unitText("running"));
    await manager.inspect();
    assert.notEqual(manager.list().get(name)?.text, undefined, "systemd has not read it yet");
    await harness.systemctl("daemon-reload");
    await harness.until("the host to have the name", () => !manager.list().has(name));
    await assert.rejects(harness.waitFor(manager.stop(name)));
    assert.equal(await harness.waitFor(manager.remove(name)), true);
    await assert.rejects(manager.write(name, INSTALLED), { code: "host-unit" });
    assert.equal(await show(name, "MainPID"), pid);
    assert.ok(!existsSync(`/run/systemd/system/${name}`));
    await harness.systemctl("stop", name);
  });

  it("stops an exclusive unit before the host gets its name, unless the host has started it", async () => {
    const [ours, hosts, early] = ["ours.service", "hosts.service", "early.service"];
    const names = [ours, hosts, early];
    const begun = [await started(ours), await started(hosts), await started(early)];
    for (const name of names) writeFileSync(`/etc/systemd/system/${name}`, unitText("running"));
    const other = await harness.connect();
    await other.inspect(() => true);
    await manager.inspect(() => true);
    // The unit still runs the cluster's file, because systemd has not read the host's yet.
    await harness.systemctl("restart", early);
    // Before the next inspection.
    await harness.systemctl("stop", hosts);
    await harness.systemctl("daemon-reload");
    await harness.systemctl("start", hosts);
    await harness.until("the host to have the names", () => !names.some((name) => manager.list().has(name)));
    for (const name of [ours, early]) assert.equal(await harness.isActive(name), false, name);
    assert.equal(await harness.isActive(hosts), true);
    assert.ok(!begun.includes(await show(hosts, "MainPID")));
  });

  it("finds the file that an exclusive unit was started from after the host took its name while no daemon ran", async () => {
    const [ours, hosts] = ["origin-ours.service", "origin-hosts.service"];
    for (const name of [ours, hosts]) {
      const dropIns = `/run/systemd/system/${name}.d`;
      mkdirSync(dropIns);
      writeFileSync(`${dropIns}/50-fleet-exclusive.conf`, notingOrigin(name));
      await started(name);
      writeFileSync(`/etc/systemd/system/${name}`, unitText("running"));
    }
    // Restarted from the cluster's file, which systemd has in memory until the reload.
    await harness.systemctl("restart", ours);
    await manager.close();
    await harness.systemctl("daemon-reload");
    await harness.systemctl("restart", hosts);
    // After a reload systemd itself no longer shows which file either unit was started from.
    await harness.systemctl("daemon-reload");
    const pid = await show(hosts, "MainPID");
    manager = await harness.connect();
    await manager.inspect(() => true);
    await harness.until("the host to have the names", () => ![ours, hosts].some((name) => manager.list().has(name)));
    assert.equal(await harness.isActive(ours), false);
    assert.equal(await show(hosts, "MainPID"), pid);
    await harness.systemctl("stop", hosts);
  });

  it("returns the name to a hidden unit of the host, such as one that a package installs, also from an alias", async () => {
    const [name, named] = ["package.service", "named.service"];
    await started(name);
    await manager.write(named, `${unitText("running")}[Install]\nAlias=package-alias.service\n`);
    assert.deepEqual(await manager.enable(named), []);
    await harness.waitFor(manager.start(named));
    for (const file of [name, "package-alias.service"])
      writeFileSync(`/usr/lib/systemd/system/${file}`, "[Service]\nExecStart=/bin/sleep 7777\n");
    await manager.inspect();
    await harness.until("the host to have the name", () => !manager.list().has(name));
    await assert.rejects(manager.write(name, INSTALLED), { code: "host-unit" });
    await harness.systemctl("restart", name, "package-alias.service");
    for (const unit of [name, "package-alias.service"]) assert.match(await show(unit, "ExecStart"), /sleep 7777/);
    assert.equal(manager.list().get(named)?.activeState, "active");
    await harness.waitFor(manager.stop(named));
    assert.equal(await harness.waitFor(manager.remove(named)), true);
    await harness.systemctl("stop", name, "package-alias.service");
  });

  it("keeps a unit that an administrator enables, and removes it so that the link starts nothing", async () => {
    const name = "enabled-by-hand.service";
    const pid = await started(name);
    await harness.systemctl("enable", name);
    assert.ok(lstatSync(`/etc/systemd/system/${name}`).isSymbolicLink());
    await manager.inspect();
    assert.equal(manager.list().get(name)?.text, INSTALLED);
    await manager.write(name, `${INSTALLED}# changed\n`);
    assert.equal(await manager.needsReload([name]), true);
    await manager.reload();
    assert.equal(await show(name, "MainPID"), pid);
    await harness.waitFor(manager.stop(name));
    assert.equal(await harness.waitFor(manager.remove(name)), true);
    await harness.startByHand(name);
    await harness.systemctl("start", "multi-user.target");
    assert.equal(await harness.isActive(name), false);
    await started(name);
    await harness.waitFor(manager.stop(name));
    assert.equal(await harness.waitFor(manager.remove(name)), true);
  });

  it("keeps a masked unit, and starts it when it is unmasked", async () => {
    const name = "masked.service";
    await place(name);
    assert.equal(manager.isMasked(name), false);
    symlinkSync("/dev/null", `/etc/systemd/system/${name}`);
    assert.equal(manager.isMasked(name), true);
    await harness.systemctl("daemon-reload");
    await manager.inspect();
    assert.equal(manager.list().get(name)?.text, INSTALLED);
    await assert.rejects(manager.start(name), { errorName: "org.freedesktop.systemd1.UnitMasked" });
    await harness.systemctl("unmask", name);
    await harness.until("the mask to be gone", () => manager.list().get(name)?.loadState === "loaded");
    assert.equal(manager.isMasked(name), false);
    assert.equal((await harness.waitFor(manager.start(name))).result, "done");
    await harness.waitFor(manager.stop(name));
    await manager.remove(name);
  });
});
