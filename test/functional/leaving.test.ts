import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { fleetdReady, mainPid, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2, config: () => ({ agent_ttl: "60s" }) });
});
after(() => cluster.down());

const STOP = ["systemctl", "stop", "fleet.socket", "fleet.service"];

/** Moments at which `systemctl stop fleet` is difficult. */
const moments: readonly [
  what: string,
  stop: (host: Host) => Promise<unknown>,
  repair?: (host: Host) => Promise<unknown>,
][] = [
  [
    "right after a restart, before the new daemon handles signals",
    async (host) => {
      const before = await mainPid(host, "fleet.service");
      await host.run(["systemctl", "--no-block", "restart", "fleet.service"]);
      await waitFor(
        "the new daemon process",
        async () => !["0", before].includes(await mainPid(host, "fleet.service")),
        {
          intervalMs: 10,
        },
      );
      await host.run(STOP);
    },
  ],
  [
    "while systemd waits to restart a crashed daemon",
    async (host) => {
      await host.writeFile("/etc/systemd/system/fleet.service.d/slow.conf", "[Service]\nRestartSec=20s\n");
      await host.run(["systemctl", "daemon-reload"]);
      await host.signal("fleet.service", "SIGKILL");
      await waitFor(
        "systemd to wait before it restarts the daemon",
        async () => (await host.show("fleet.service", "SubState"))["SubState"] === "auto-restart",
      );
      await host.run(STOP);
    },
    async (host) => host.run(["sh", "-c", "rm -r /etc/systemd/system/fleet.service.d; systemctl daemon-reload"]),
  ],
  [
    "right after a restart was requested",
    async (host) => {
      await host.run(["sh", "-c", `systemctl --no-block restart fleet.service; ${STOP.join(" ")}`]);
    },
  ],
  [
    "when the bus is down",
    async (host) => {
      await host.run(["systemctl", "stop", "dbus.socket", "dbus.service"]);
      await host.run(STOP);
    },
    async (host) => host.run(["systemctl", "start", "dbus.socket", "dbus.service"]),
  ],
  [
    "after the daemon was started while etcd was down",
    async (host) => {
      await cluster.etcd.stop();
      await host.run(["systemctl", "restart", "fleet.service"]);
      await host.run(STOP);
      await cluster.etcd.start();
    },
  ],
];

for (const [what, stop, repair] of moments) {
  test(`systemctl stop fleet ${what}: the machine's units stop`, async () => {
    const home = cluster.host(2);
    const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
    await startUnits(cluster, cluster.host(1), { "local.service": SLEEPER + pinned });
    assert.equal(await home.isActive("local.service"), true);
    await stop(home);
    await waitFor("the unit to stop", async () => !(await home.isActive("local.service")));
    await repair?.(home);
    await home.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
    await fleetdReady(home);
    await waitFor("the unit to run again", () => home.isActive("local.service"), { timeoutMs: 20_000 });
    await fleetdReady(cluster.host(1));
    await cluster.fleetctl(cluster.host(1), ["destroy", "local.service"], { timeoutMs: 60_000 });
  });
}

const LIST_MACHINES = "curl -s -m 10 --unix-socket /run/fleet.sock http://x/fleet/v1/machines";

test("a request to systemd's socket starts the daemon and is answered", async () => {
  const host = cluster.host(2);
  await host.run(STOP);
  await host.run(["systemctl", "start", "fleet.socket"]);
  const { stdout } = await host.run(["sh", "-c", LIST_MACHINES]);
  assert.match(stdout, /primaryIP/);
});

const stops: readonly (readonly [what: string, prepare: (host: Host) => Promise<unknown>])[] = [
  ["", async () => {}],
  [
    " while systemd waits to restart a crashed daemon",
    async (host) => {
      await host.writeFile("/run/systemd/system/fleet.service.d/slow.conf", "[Service]\nRestartSec=20s\n");
      await host.run(["systemctl", "daemon-reload"]);
      await host.signal("fleet.service", "SIGKILL");
    },
  ],
];

for (const [what, prepare] of stops) {
  test(`after systemctl stop fleet${what}, requests do not start the daemon, and systemctl start fleet does`, async () => {
    const host = cluster.host(2);
    await prepare(host);
    const keepAsking = `while [ ! -e /tmp/stopped ]; do ${LIST_MACHINES} >/dev/null; done; rm /tmp/stopped`;
    const asking = host.run(["sh", "-c", keepAsking], { timeoutMs: 60_000 });
    await host.run(["systemctl", "stop", "fleet.service"]);
    await waitFor("the socket to close", async () => !(await host.isActive("fleet.socket")));
    assert.notEqual((await host.run(["sh", "-c", LIST_MACHINES], { check: false })).code, 0);
    await host.run(["touch", "/tmp/stopped"]);
    await asking;
    assert.equal(await host.isActive("fleet.service"), false);
    await host.run(["rm", "-rf", "/run/systemd/system/fleet.service.d"]);
    await host.run(["systemctl", "daemon-reload"]);
    await host.run(["systemctl", "start", "fleet.service"]);
    await fleetdReady(host);
    assert.equal(await host.isActive("fleet.socket"), true);
  });
}

test("with an operator's service file without Type=notify, a restart leaves units running and a stop moves them", async () => {
  const host = cluster.host(2);
  await host.writeFile("/run/systemd/system/fleet.service.d/simple.conf", "[Service]\nType=simple\nWatchdogSec=0\n");
  await host.run(["systemctl", "daemon-reload"]);
  await host.run(["systemctl", "restart", "fleet.service"]);
  await fleetdReady(host);
  const pinned = `\n[X-Fleet]\nMachineID=${await host.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "kept.service": SLEEPER + pinned });
  const pid = await mainPid(host, "kept.service");
  await host.run(["systemctl", "restart", "fleet.service"]);
  await fleetdReady(host);
  assert.equal(await mainPid(host, "kept.service"), pid);
  await host.run(["systemctl", "stop", "fleet.service"]);
  assert.equal(await host.isActive("kept.service"), false);
  await host.run(["sh", "-c", "rm -r /run/systemd/system/fleet.service.d; systemctl daemon-reload"]);
  await host.run(["systemctl", "start", "fleet.service"]);
  await fleetdReady(host);
  await cluster.fleetctl(cluster.host(1), ["destroy", "kept.service"], { timeoutMs: 60_000 });
});

test("no request is lost while the daemon restarts behind its socket", async () => {
  const host = cluster.host(2);
  const loop =
    "n=0; while [ ! -e /tmp/enough ]; do curl -sf -m 10 --unix-socket /run/fleet.sock http://x/fleet/v1/machines >/dev/null || echo lost $?; done";
  const asking = host.run(["sh", "-c", loop], { timeoutMs: 60_000 });
  for (let round = 0; round < 3; round++) await host.run(["systemctl", "restart", "fleet.service"]);
  await host.run(["touch", "/tmp/enough"]);
  assert.equal((await asking).stdout, "");
});

test("a daemon reports that its machine is leaving", async () => {
  const host = cluster.host(2);
  const slow = `[Service]\nExecStart=/bin/sh -c 'trap "sleep 3; exit" TERM; while :; do sleep 0.1; done'\n\n[X-Fleet]\nMachineID=${await host.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "slow.service": slow });
  await host.run(["systemctl", "stop", "--no-block", "fleet.service"]);
  const said = await waitFor("the daemon to report that it leaves", async () => {
    const { stdout } = await host.run(
      ["curl", "-s", "-m", "2", "--unix-socket", "/run/fleet.sock", "http://x/fleet/v1/machines"],
      { check: false },
    );
    return /leaving/.test(stdout) ? stdout : undefined;
  });
  assert.match(said, /"code":503/);
  await waitFor(
    "the daemon to end",
    async () => (await host.show("fleet.service", "ActiveState"))["ActiveState"] !== "deactivating",
    { timeoutMs: 20_000 },
  );
});
