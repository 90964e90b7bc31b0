import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { countingOneshot, mainPid, putFiles, SLEEPER, startsCounted, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1, config: () => ({ agent_ttl: "10s" }) });
});
after(() => cluster.down());

test("a cluster unit never changes the host's own unit of the same name", async () => {
  const host = cluster.host(1);
  const own = "[Service]\nExecStart=/bin/sleep 7777\n";
  await host.writeFile("/etc/systemd/system/mine.service", own);
  await host.run(["systemctl", "daemon-reload"]);
  await host.run(["systemctl", "start", "mine.service"]);
  const pid = await mainPid(host, "mine.service");
  await putFiles(host, { "mine.service": SLEEPER });
  const refused = await cluster.fleetctl(host, ["start", "/tmp/units/mine.service"], { check: false });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /host.*mine\.service|mine\.service.*host/s);
  const status = await cluster.fleetctl(host, ["status", "mine.service"], { check: false });
  assert.equal(status.code, 3);
  assert.match(status.stdout + status.stderr, /mine\.service is the host's own unit \(\/etc\/systemd\/system\//);
  assert.doesNotMatch(status.stdout, /Active: active/);
  assert.equal(await mainPid(host, "mine.service"), pid);
  await cluster.fleetctl(host, ["destroy", "mine.service"]);
  assert.equal(await mainPid(host, "mine.service"), pid);
  assert.equal(await host.readFile("/etc/systemd/system/mine.service"), own);
});

test("a new file for a running unit is written and reloaded, and the unit is restarted", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "changes.service": SLEEPER });
  const before = await mainPid(host, "changes.service");
  await putFiles(host, { "changes.service": SLEEPER.replace("Sleeps", "Sleeps better").replace("100000", "200000") });
  await cluster.fleetctl(host, ["start", "--replace", "/tmp/units/changes.service"]);
  await waitFor(
    "a new process of the unit",
    async () => !["0", before].includes(await mainPid(host, "changes.service")),
  );
  const shown = await host.show("changes.service", "Description", "NeedDaemonReload");
  assert.deepEqual(shown, { Description: "Sleeps better", NeedDaemonReload: "no" });
  await cluster.fleetctl(host, ["destroy", "changes.service"]);
});

test("a unit that is destroyed and submitted with another file starts with the new file", async () => {
  const host = cluster.host(1);
  for (const seconds of ["1111", "2222", "3333"]) {
    await startUnits(cluster, host, { "again.service": `[Service]\nExecStart=/bin/sleep ${seconds}\n` });
    assert.match(
      (await host.run(["sh", "-c", `tr '\\0' ' ' < /proc/${await mainPid(host, "again.service")}/cmdline`])).stdout,
      new RegExp(seconds),
    );
    await cluster.fleetctl(host, ["destroy", "again.service"]);
  }
});

test("a unit is enabled-runtime with an [Install] section, and linked-runtime without one", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, {
    "linked.service": SLEEPER,
    "enabled.service": `${SLEEPER}\n[Install]\nWantedBy=multi-user.target\n`,
  });
  assert.equal(
    (await host.run(["systemctl", "is-enabled", "linked.service"], { check: false })).stdout.trim(),
    "linked-runtime",
  );
  assert.equal(
    (await host.run(["systemctl", "is-enabled", "enabled.service"], { check: false })).stdout.trim(),
    "enabled-runtime",
  );
  await cluster.fleetctl(host, ["destroy", "linked.service", "enabled.service"]);
  await waitFor(
    "all links to be removed",
    async () => (await host.run(["sh", "-c", "find /run/systemd /etc/systemd -name enabled.service"])).stdout === "",
  );
});

test("a destroyed unit does not start again for its timer, a target or a connection", async () => {
  const host = cluster.host(1);
  const sleeper = "[Service]\nExecStart=/bin/sleep 100000\n";
  const units = ["kept.service", "wanted.service", "called.service"];
  await putFiles(host, { "called.service": sleeper });
  await cluster.fleetctl(host, ["load", "/tmp/units/called.service"]);
  await startUnits(cluster, host, {
    "kept.service": `${sleeper}[X-Fleet]\nExclusive=true\n`,
    "kept.timer": "[Timer]\nOnActiveSec=100ms\nOnUnitInactiveSec=100ms\nAccuracySec=10ms\n",
    "wanted.service": `${sleeper}[Install]\nWantedBy=multi-user.target\n`,
    "called.socket": "[Socket]\nListenStream=/run/called.sock\n",
  });
  await host.run(["systemctl", "daemon-reload"]);
  const call = "import socket, time\nfor i in range(1500):\n  try: socket.socket(socket.AF_UNIX).connect('/run/called.sock')\n  except OSError: pass\n  time.sleep(0.001)"; // prettier-ignore
  const calls = host.run(["python3", "-c", call]);
  await cluster.fleetctl(host, ["destroy", ...units]);
  await calls;
  await host.run(["systemctl", "start", "multi-user.target"]);
  for (const unit of units) {
    await host.run(["systemctl", "start", unit], { check: false });
    assert.equal(await host.isActive(unit), false, unit);
  }
  await startUnits(cluster, host, { "kept.service": `${sleeper}[X-Fleet]\nExclusive=true\n` });
  assert.equal(await host.isActive("kept.service"), true);
  await cluster.fleetctl(host, ["destroy", "kept.timer", "kept.service", "called.socket"]);
});

test("a unit file that someone removed is written again, a disabled unit is enabled again, and the unit keeps running", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "kept.service": `${SLEEPER}\n[Install]\nWantedBy=multi-user.target\n` });
  const pid = await mainPid(host, "kept.service");
  const isWhole = async (): Promise<boolean> =>
    (await host.run(["systemctl", "is-enabled", "kept.service"], { check: false })).stdout.trim() === "enabled-runtime";
  const deeds = [
    ["rm", "/run/fleet/units/kept.service"],
    ["systemctl", "disable", "--runtime", "kept.service"],
  ];
  for (const deed of deeds) {
    await host.run(deed);
    await waitFor(`the unit's file and links to be back after ${deed.join(" ")}`, isWhole, { timeoutMs: 20_000 });
    assert.equal(await mainPid(host, "kept.service"), pid);
    assert.deepEqual(await host.show("kept.service", "LoadState", "ActiveState"), {
      LoadState: "loaded",
      ActiveState: "active",
    });
  }
  await cluster.fleetctl(host, ["destroy", "kept.service"]);
});

test("a masked unit is reported as masked, and runs again when it is unmasked", { timeout: 120_000 }, async () => {
  const host = cluster.host(1);
  const [unit, done] = ["masked.service", "done.service"];
  await startUnits(cluster, host, { [unit]: SLEEPER, [done]: countingOneshot("/root/done") });
  const says = async (): Promise<boolean> => {
    const { stdout, stderr } = await cluster.fleetctl(host, ["status", unit], { check: false });
    return /is masked|Loaded: masked/.test(stdout + stderr);
  };
  const runsAgain = async (): Promise<void> =>
    void (await waitFor("the unit to run", () => host.isActive(unit), { timeoutMs: 30_000 }));
  await runsAgain();
  const restart = (): Promise<unknown> => host.run(["systemctl", "restart", "fleet.service"]);
  const kill = (): Promise<unknown> => host.signal(unit, "SIGKILL");
  for (const [how, before, meanwhile] of [
    [["--now"], undefined, undefined],
    [["--now"], undefined, restart],
    [["--now"], () => host.run(["systemctl", "kill", "--signal=KILL", "fleet.service"]), undefined],
    [["--now", "--runtime", "--force"], undefined, undefined],
    [[], undefined, kill],
  ] as const) {
    await before?.();
    await host.run(["systemctl", "mask", ...how, unit, done]);
    await meanwhile?.();
    await waitFor("the unit's state to report it", says, { timeoutMs: 30_000 });
    assert.equal(await host.isActive(unit), false);
    await host.run(["systemctl", "unmask", ...how.filter((option) => option === "--runtime"), unit, done]);
    await runsAgain();
  }
  assert.equal(await startsCounted(host, "/root/done"), 1);
  await cluster.fleetctl(host, ["destroy", unit, done]);
});

test("stop and destroy do not end a host's own unit that has taken over a cluster unit's name", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "k1.service": SLEEPER });
  await host.writeFile("/etc/systemd/system/k1.service", SLEEPER);
  await host.run(["systemctl", "daemon-reload"]);
  const pid = await mainPid(host, "k1.service");
  const status = await waitFor("the unit's state to report it", async () => {
    const { stdout, stderr } = await cluster.fleetctl(host, ["status", "k1.service"], { check: false });
    return /is the host's own unit \(\/etc/.test(stdout + stderr) ? stdout : undefined;
  });
  assert.doesNotMatch(status, /Active: active/);
  await cluster.fleetctl(host, ["stop", "--no-block", "k1.service"]);
  await cluster.fleetctl(host, ["destroy", "k1.service"]);
  assert.equal(await mainPid(host, "k1.service"), pid);
  await host.run(["systemctl", "stop", "k1.service"]);
});

test("a unit can be stopped while /run is full", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "full.service": SLEEPER });
  // Only slightly larger than its content, so that a small file fills it.
  const shrink = "mount -o remount,size=$(($(df --output=used -k /run | tail -n 1) + 256))k /run";
  await host.run(["sh", "-c", `${shrink}; dd if=/dev/zero of=/run/filler bs=4k 2>/dev/null; test -s /run/filler`]);
  await cluster.fleetctl(host, ["stop", "--no-block", "full.service"]);
  await waitFor("the unit to stop", async () => !(await host.isActive("full.service")));
  await host.run(["sh", "-c", "rm /run/filler; mount -o remount,size=20% /run"]);
  await cluster.fleetctl(host, ["destroy", "full.service"]);
});

test("[Install] cannot take the name of a host's own unit or enable one, and the unit's problem says so", async () => {
  const host = cluster.host(1);
  await host.writeFile("/etc/systemd/system/hosts-own.service", SLEEPER);
  const section = "[Install]\nAlias=systemd-logind.service\nAlso=hosts-own.service\nRequiredBy=dbus.service\n";
  await startUnits(cluster, host, { "greedy.service": `${SLEEPER}\n${section}` });
  await host.run(["systemctl", "daemon-reload"]);
  const { json } = await apiRequest(host, "/fleet/v2/units/greedy.service");
  const { problem } = json as { readonly problem?: string };
  for (const name of ["Alias=systemd-logind.service", "Also=hosts-own.service", "RequiredBy=dbus.service"])
    assert.ok(problem?.includes(`${name} of greedy.service was `), problem);
  assert.doesNotMatch((await host.show("systemd-logind.service", "FragmentPath"))["FragmentPath"] ?? "", /greedy/);
  const { Requires } = await host.show("dbus.service", "Requires");
  assert.doesNotMatch(Requires ?? "", /greedy/);
  const enabled = await host.run(["systemctl", "is-enabled", "hosts-own.service"], { check: false });
  assert.equal(enabled.stdout.trim(), "static");
  await cluster.fleetctl(host, ["destroy", "greedy.service"]);
});
