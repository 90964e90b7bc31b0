import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { countingOneshot, fleetdReady, mainPid, SLEEPER, startsCounted, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  // A TTL that no test waits for: what happens must not come from its running out.
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "60s" }) });
});
after(() => cluster.down());

async function lostMachines(asked: Host, during: () => Promise<void>): Promise<number> {
  const watching = new AbortController();
  let least = cluster.hosts.length;
  const look = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      const { stdout, code } = await cluster.fleetctl(asked, ["list-machines", "--no-legend"], { check: false });
      if (code === 0) least = Math.min(least, stdout.trim().split("\n").length);
    }
  };
  const looking = look();
  await during();
  watching.abort();
  await looking;
  return cluster.hosts.length - least;
}

for (const [how, end] of [
  ["systemctl restart fleet", (host: Host) => host.run(["systemctl", "restart", "fleet"])],
  ["kill -9", (host: Host) => host.signal("fleet.service", "SIGKILL")],
] as const) {
  test(`after ${how} the units run on with their processes, and the machine has never been away`, async () => {
    await startUnits(cluster, cluster.host(1), { "stays.service": SLEEPER });
    const home = await cluster.waitForActive("stays.service");
    const asked = cluster.hosts.find((host) => host !== home) ?? home;
    const [unitBefore, daemonBefore] = [await mainPid(home, "stays.service"), await mainPid(home, "fleet.service")];
    const lost = await lostMachines(asked, async () => {
      await end(home);
      await waitFor("a new daemon", async () => !["0", daemonBefore].includes(await mainPid(home, "fleet.service")));
      await fleetdReady(home);
    });
    assert.equal(lost, 0);
    assert.equal(await mainPid(home, "stays.service"), unitBefore);
    assert.equal((await cluster.waitForActive("stays.service")).name, home.name);
    await cluster.fleetctl(asked, ["destroy", "stays.service"]);
  });
}

test("a unit that ended while the daemon was away is seen, and a finished or stopped one is not started again", async () => {
  await startUnits(cluster, cluster.host(1), {
    "once.service": countingOneshot("/var/tmp/once"),
    "byhand.service": SLEEPER,
    "dies.service": SLEEPER,
  });
  const homes = new Map<string, Host>();
  for (const unit of ["byhand.service", "dies.service"]) homes.set(unit, await cluster.waitForActive(unit));
  const onceHome = await waitFor("the oneshot to run", async () => {
    for (const host of cluster.hosts) if ((await startsCounted(host, "/var/tmp/once")) > 0) return host;
    return undefined;
  });
  await homes.get("byhand.service")?.run(["systemctl", "stop", "byhand.service"]);
  for (const host of cluster.hosts) await host.run(["systemctl", "kill", "--signal=SIGKILL", "fleet.service"]);
  await homes.get("dies.service")?.run(["systemctl", "kill", "--signal=SIGKILL", "dies.service"]);
  for (const host of cluster.hosts) await fleetdReady(host);
  await waitFor("the failure to be reported", async () =>
    (await cluster.listUnits()).some(({ unit, active }) => unit === "dies.service" && active === "failed"),
  );
  assert.equal(await startsCounted(onceHome, "/var/tmp/once"), 1);
  assert.equal(await homes.get("byhand.service")?.isActive("byhand.service"), false);
  await cluster.fleetctl(cluster.host(1), ["destroy", "once.service", "byhand.service", "dies.service"]);
});

test("systemctl stop fleet: the machine leaves at once, its units stop there and run elsewhere", async () => {
  await startUnits(cluster, cluster.host(1), { "moves.service": SLEEPER });
  const home = await cluster.waitForActive("moves.service");
  const asked = cluster.hosts.find((host) => host !== home) ?? home;
  const begun = performance.now();
  await home.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  const next = await cluster.waitForActive("moves.service", { elsewhere: home, timeoutMs: 10_000 });
  assert.ok(performance.now() - begun < 10_000, "long before the TTL of a minute");
  assert.equal(await home.isActive("moves.service"), false);
  await cluster.waitForMachines(2, asked);
  await home.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(3, asked);
  assert.equal((await cluster.waitForActive("moves.service")).name, next.name);
  assert.equal(await home.isActive("moves.service"), false);
  await cluster.fleetctl(asked, ["destroy", "moves.service"]);
});

test("a host that is shut down leaves as well, also when its engine led", async () => {
  await startUnits(cluster, cluster.host(1), { "a.service": SLEEPER, "b.service": SLEEPER, "c.service": SLEEPER });
  for (const unit of ["a.service", "b.service", "c.service"]) await cluster.waitForActive(unit);
  const leader = await waitFor("a leader", async () => {
    const { stdout } = await cluster
      .host(1)
      .run([
        "sh",
        "-c",
        "etcdctl version >/dev/null 2>&1; curl -s --unix-socket /run/fleet.sock http://x/fleet/v2/version",
      ]);
    const id = (JSON.parse(stdout) as { leader?: string }).leader;
    for (const host of cluster.hosts) if ((await host.machineId()) === id) return host;
    return undefined;
  });
  const asked = cluster.hosts.find((host) => host !== leader) ?? leader;
  await leader.shutdown();
  await cluster.waitForMachines(2, asked, { timeoutMs: 5_000 });
  for (const unit of ["a.service", "b.service", "c.service"])
    await cluster.waitForActive(unit, { elsewhere: leader, timeoutMs: 10_000 });
  await leader.powerOn();
  await cluster.waitForMachines(3, asked);
  await cluster.fleetctl(asked, ["destroy", "a.service", "b.service", "c.service"]);
});

test("a daemon that hangs is ended and started again by systemd's watchdog; its units run on", async () => {
  const home = cluster.host(2);
  const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "calm.service": SLEEPER + pinned });
  await home.writeFile("/etc/systemd/system/fleet.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n");
  await home.run(["systemctl", "daemon-reload"]);
  await home.run(["systemctl", "restart", "fleet.service"]);
  const [unitBefore, daemonBefore] = [await mainPid(home, "calm.service"), await mainPid(home, "fleet.service")];
  await home.signal("fleet.service", "SIGSTOP");
  await waitFor("a new daemon", async () => !["0", daemonBefore].includes(await mainPid(home, "fleet.service")), {
    timeoutMs: 20_000,
  });
  await fleetdReady(home);
  assert.equal(await mainPid(home, "calm.service"), unitBefore);
  await cluster.fleetctl(cluster.host(1), ["destroy", "calm.service"]);
});

test("after a reboot a launched unit is started again, a finished oneshot too", async () => {
  const home = cluster.host(3);
  const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "again.service": countingOneshot("/var/tmp/again") + pinned });
  await waitFor("the first run", async () => (await startsCounted(home, "/var/tmp/again")) === 1);
  await home.powerCut();
  await home.powerOn();
  await waitFor("the second run", async () => (await startsCounted(home, "/var/tmp/again")) === 2, {
    timeoutMs: 30_000,
  });
  await cluster.fleetctl(cluster.host(1), ["destroy", "again.service"]);
});
