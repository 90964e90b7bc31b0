/**
 * The D-Bus adapter on a real systemd. Runs as root inside a lab host and changes that host;
 * test/functional/systemd-dbus.test.ts boots the host.
 */
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { unitManagerContract } from "../contract/index.ts";
import { unitText } from "../contract/unit-text.ts";
import type { ManagedUnit } from "../port.ts";
import { HostUnitError, UnitManagerUnavailableError } from "../unit-manager-error.ts";
import type { DbusUnitManager } from "./index.ts";
import { LiveHarness, SYSTEM } from "../fixture/live-harness.ts";

unitManagerContract("D-Bus", async () => new LiveHarness(SYSTEM));

describe("the D-Bus adapter on a real systemd", () => {
  const harness = new LiveHarness(SYSTEM);
  const systemctl = (...args: readonly string[]): Promise<string> => harness.systemctl(...args);
  let manager: DbusUnitManager;
  let units = 0;

  before(async () => {
    manager = await harness.connect();
  });
  after(() => harness.close());

  const write = async (text: string): Promise<string> => {
    const name = `live-${(units += 1)}.service`;
    await manager.write(name, text);
    return name;
  };
  const unit = (name: string): ManagedUnit | undefined => manager.list().get(name);
  const show = async (name: string, property: string): Promise<string> =>
    (await systemctl("show", "--property", property, "--value", name)).trim();
  const busPid = async (): Promise<number> => Number(await show("dbus.service", "MainPID"));

  it("starts 300 units written at once, without a reload", async () => {
    const names = await Promise.all(Array.from({ length: 300 }, () => write(unitText("running"))));
    const results = await harness.waitFor(Promise.all(names.map((name) => manager.start(name))));
    assert.ok(results.every(({ result }) => result === "done"));
    assert.ok(names.every((name) => unit(name)?.activeState === "active"));
    await harness.waitFor(Promise.all(names.map((name) => manager.stop(name))));
    await Promise.all(names.map((name) => manager.remove(name)));
  });

  it("loads a unit right after its file is written, however coarse the file system's times", async () => {
    const start = async (): Promise<string> => (await manager.start(await write(unitText("oneshot")))).result;
    const results = await harness.waitFor(Promise.all(Array.from({ length: 100 }, start)));
    assert.deepEqual(new Set(results), new Set(["done"]));
  });

  it("links a unit as linked-runtime, enables it as enabled-runtime, and removes every link", async () => {
    const name = await write(unitText("installable"));
    assert.equal(await show(name, "UnitFileState"), "linked-runtime");
    await manager.enable(name);
    assert.equal(await show(name, "UnitFileState"), "enabled-runtime");
    await manager.remove(name);
    const left = ["/run/systemd/system", "/run/systemd/system/multi-user.target.wants", "/run/fleet/units"];
    for (const directory of left) assert.equal(existsSync(`${directory}/${name}`), false, directory);
  });

  it("refuses every kind of unit of the host", async () => {
    writeFileSync("/etc/systemd/system/live-stopped.service", unitText("running"));
    symlinkSync("/dev/null", "/etc/systemd/system/live-masked.service");
    writeFileSync("/run/systemd/system/live-runtime.service", unitText("running"));
    writeFileSync("/etc/systemd/system/live-template@.service", unitText("running"));
    mkdirSync("/etc/systemd/system/live.target.wants");
    symlinkSync("../live-template@.service", "/etc/systemd/system/live.target.wants/live-template@1.service");
    await systemctl("start", "live-template@2.service");
    const instances = ["live-template@1.service", "live-template@2.service", "getty@tty9.service", "user@4711.service"];
    const own = ["live-stopped.service", "live-masked.service", "live-runtime.service", ...instances];
    for (const name of [...own, "dbus.service", "-.mount", "system.slice", "init.scope"]) {
      await assert.rejects(manager.write(name, unitText("running")), HostUnitError, name);
      assert.equal(manager.list().has(name), false, name);
    }
    assert.equal(readFileSync("/run/systemd/system/live-runtime.service", "utf8"), unitText("running"));
    assert.ok(lstatSync("/etc/systemd/system/live-masked.service").isSymbolicLink());
  });

  it("places an unused instance of a template of the host, and leaves the other instances alone", async () => {
    writeFileSync("/etc/systemd/system/live-open@.service", "[Service]\nExecStart=/bin/sleep 7777\n");
    const name = "live-open@1.service";
    await manager.write(name, unitText("installable"));
    await manager.enable(name);
    assert.equal((await harness.waitFor(manager.start(name))).result, "done");
    assert.match(await show(name, "ExecStart"), /sleep 100000/);
    await manager.write(name, `${unitText("installable")}# changed\n`);
    await systemctl("start", "live-open@2.service");
    assert.match(await show("live-open@2.service", "ExecStart"), /sleep 7777/);
    await harness.waitFor(manager.stop(name));
    assert.equal(await harness.waitFor(manager.remove(name)), true);
    assert.match(await show(name, "ExecStart"), /sleep 7777/);
  });

  it("lists a unit as masked when the host masks it", async () => {
    const name = await write(unitText("running"));
    await manager.load(name);
    symlinkSync("/dev/null", `/etc/systemd/system/${name}`);
    await systemctl("daemon-reload");
    await harness.until("the mask to be listed", () => unit(name)?.loadState === "masked");
    await assert.rejects(manager.start(name), { message: `Unit ${name} is masked.` });
    rmSync(`/etc/systemd/system/${name}`);
    await systemctl("daemon-reload");
    await harness.until("the mask to be gone", () => unit(name)?.loadState === "loaded");
  });

  it("runs the new content of a unit that another unit keeps loaded while it is removed and rewritten", async () => {
    const name = await write(unitText("running"));
    const holder = await write(`[Unit]\nWants=${name}\n${unitText("running")}`);
    await harness.waitFor(manager.start(holder));
    await harness.until("both to run", () => unit(name)?.activeState === "active");
    await harness.waitFor(manager.stop(name));
    await manager.remove(name);
    await manager.write(name, "[Service]\nExecStart=/bin/sleep 4242\n");
    assert.equal(await manager.needsReload([name]), true);
    await manager.reload();
    await harness.waitFor(manager.start(name));
    assert.match(await show(name, "ExecStart"), /sleep 4242/);
  });

  it("reports which command failed, and how", async () => {
    const cases = [
      ["Type=oneshot\nExecStart=/nonexistent", /exit-code: the main process exited with status 203\/EXEC$/],
      [
        "ExecStartPre=/bin/false\nExecStart=/bin/sleep 9",
        /exit-code: ExecStartPre=\/bin\/false exited with status 1\/FAILURE$/,
      ],
      ["Type=oneshot\nExecStart=/bin/sh -c 'kill -9 $$$$'", /signal: the main process was killed by signal 9\/KILL$/],
      ["Type=oneshot\nTimeoutStartSec=100ms\nExecStart=/bin/sleep 9", /: timeout: /],
      [
        "User=nobody-of-that-name\nType=oneshot\nExecStart=/bin/true",
        /exit-code: the main process exited with status 217\/USER$/,
      ],
      ["Type=oneshot\nExecCondition=/bin/false\nExecStart=/bin/true", undefined],
    ] as const;
    for (const [service, expected] of cases) {
      const name = await write(`[Service]\n${service}\n`);
      const { result, message } = await harness.waitFor(manager.start(name));
      if (expected !== undefined) assert.match(message, expected);
      else assert.deepEqual({ result, message }, { result: "done", message: "" });
    }
    const needy = await write(
      `[Unit]\nRequires=${await write(unitText("failing"))}\nAfter=live-${units}.service\n${unitText("running")}`,
    );
    const { result, message } = await harness.waitFor(manager.start(needy));
    assert.equal(result, "dependency", message);
  });

  it("lists the type of a job of another process", async () => {
    const name = await write(unitText("hanging"));
    await systemctl("start", "--no-block", name);
    await harness.until("the job to be listed", () => unit(name)?.job === "start");
    await systemctl("stop", name);
    await harness.until("the job to be gone", () => unit(name)?.job === "");
  });

  it("waits for a job through daemon-reload and daemon-reexec by a third party", async () => {
    const name = await write("[Service]\nType=oneshot\nExecStart=/bin/sleep 2\n");
    const running = await write(unitText("running"));
    await harness.waitFor(manager.start(running));
    let flickered = false;
    const unlisten = manager.onChange(() => void (flickered ||= unit(running)?.activeState !== "active"));
    const start = manager.start(name);
    await harness.until("the start to be under way", () => unit(name)?.activeState === "activating");
    await systemctl("daemon-reload");
    await systemctl("daemon-reexec");
    assert.equal((await harness.waitFor(start)).result, "done");
    unlisten();
    assert.equal(flickered, false);
    assert.equal((await harness.waitFor(manager.stop(running))).result, "done");
  });

  it("fails an awaited job when the bus is killed, and reconnects", async () => {
    const [waiting, running] = [await write(unitText("hanging")), await write(unitText("running"))];
    const failure = assert.rejects(manager.start(waiting), UnitManagerUnavailableError);
    await harness.until("the start to be under way", () => unit(waiting)?.activeState === "activating");
    process.kill(await busPid(), "SIGKILL");
    await harness.waitFor(failure);
    await harness.until("the bus to be back", () => manager.connected);
    assert.equal(unit(waiting)?.activeState, "activating");
    assert.equal((await harness.waitFor(manager.stop(waiting))).result, "done");
    assert.equal((await harness.waitFor(manager.start(running))).result, "done");
  });

  it("fails every waiting call on a bus that hangs", async () => {
    const impatient = await harness.connect(500);
    const name = await write(unitText("hanging"));
    await impatient.close();
    const other = await harness.connect(500);
    const job = assert.rejects(other.start(name), UnitManagerUnavailableError);
    await harness.until("the start to be under way", () => other.list().get(name)?.activeState === "activating");
    const bus = await busPid();
    process.kill(bus, "SIGSTOP");
    try {
      await harness.waitFor(job);
      assert.equal(other.connected, false);
    } finally {
      process.kill(bus, "SIGCONT");
    }
    await harness.until("the connection to be back", () => other.connected);
    process.kill(bus, "SIGSTOP");
    try {
      // An earlier call may run into the limit first, which fails this one too.
      await assert.rejects(harness.waitFor(other.load(name)), /systemd did not answer \w+ within 500 ms/);
    } finally {
      process.kill(bus, "SIGCONT");
    }
    await harness.until("the connection to be back", () => other.connected);
    assert.equal((await harness.waitFor(other.stop(name))).result, "done");
  });

  it("needs no match rule for each unit", async () => {
    const limits = "/etc/dbus-1/system.d/live-limits.conf";
    writeFileSync(limits, '<busconfig><limit name="max_match_rules_per_connection">32</limit></busconfig>');
    await systemctl("reload", "dbus.service");
    try {
      const other = await harness.connect();
      const names = await Promise.all(Array.from({ length: 60 }, () => write(unitText("running"))));
      await Promise.all(names.map((name) => manager.load(name)));
      const third = await harness.connect();
      assert.ok(names.every((name) => third.list().has(name)));
      await Promise.all(names.map((name) => other.remove(name)));
    } finally {
      rmSync(limits);
      await systemctl("reload", "dbus.service");
    }
  });

  it("distinguishes a restart of a process's own unit from a stop", async () => {
    const text = "[Service]\nExecStart=/bin/sleep 100000\nExecStop=/bin/sleep 1\n";
    for (const verb of ["restart", "stop"]) {
      const name = await write(text);
      await harness.waitFor(manager.start(name));
      const pid = Number(await show(name, "MainPID"));
      const own = { name, isMainProcess: true, job: undefined, triggeredBy: [] };
      assert.deepEqual(await manager.ownUnit(pid), own);
      await systemctl(verb, "--no-block", name);
      await harness.until("the stop to be under way", () => unit(name)?.activeState === "deactivating");
      assert.deepEqual(await manager.ownUnit(pid), { ...own, job: verb });
    }
    assert.equal(await manager.ownUnit(2 ** 22), undefined);
  });

  it("distinguishes a service's main process from its children, and stops its triggers", async () => {
    const name = await write("[Service]\nExecStart=/bin/sh -c 'sleep 100000 & wait'\n");
    const timer = "live-own-unit.timer";
    await manager.write(timer, `[Timer]\nOnActiveSec=1h\nUnit=${name}\n`);
    for (const started of [name, timer]) await harness.waitFor(manager.start(started));
    const pids = (): string[] =>
      readFileSync(`/sys/fs/cgroup/system.slice/${name}/cgroup.procs`, "utf8").trim().split("\n");
    await harness.until("the child", () => pids().length === 2);
    const main = await show(name, "MainPID");
    const child = await manager.ownUnit(Number(pids().find((pid) => pid !== main)));
    assert.deepEqual(child, { name, isMainProcess: false, job: undefined, triggeredBy: [timer] });
    await manager.stopTriggers(child);
    await harness.until("the timer to stop", () => unit(timer)?.activeState === "inactive");
    assert.equal(unit(name)?.activeState, "active");
  });

  it("finds at start units that a crash or an administrator has left incomplete", async () => {
    const [unlinked, unfiled, stopped] = [
      await write(unitText("running")),
      await write(unitText("running")),
      await write(unitText("running")),
    ];
    await harness.waitFor(manager.start(unfiled));
    rmSync(`/run/systemd/system/${unlinked}`);
    rmSync(`/run/fleet/units/${unfiled}`);
    rmSync(`/run/fleet/units/${stopped}`);
    const other = await harness.connect();
    assert.equal(other.list().get(unlinked)?.text, "");
    assert.equal(other.list().get(unfiled)?.activeState, "active");
    assert.equal(other.list().get(unfiled)?.text, "");
    assert.equal(other.list().get(stopped)?.text, "");
    assert.equal((await harness.waitFor(other.stop(unfiled))).result, "done");
    for (const name of [unfiled, stopped]) {
      assert.equal(await harness.waitFor(other.remove(name)), true);
      assert.equal(other.list().has(name), false);
    }
  });
});
