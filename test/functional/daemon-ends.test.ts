import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { MachineRecords } from "./machine-records.ts";
import {
  countingOneshot,
  fleetdReady,
  leaderOf,
  mainPid,
  processesOf,
  putFiles,
  SLEEPER,
  startsCounted,
  startUnits,
} from "./running-units.ts";

let cluster: Cluster;
let records: MachineRecords;
before(async () => {
  // The TTL is longer than any test, so that no result comes from an expired lease.
  cluster = await Cluster.boot({ hosts: 5, config: () => ({ agent_ttl: "60s" }) });
  records = await MachineRecords.follow(cluster.etcd.members[0] ?? assert.fail());
});
beforeEach(async () => {
  for (const host of cluster.hosts.filter(({ isOn }) => isOn)) await host.run(START);
  await cluster.repair();
});
after(async () => {
  await records[Symbol.asyncDispose]();
  await cluster.down();
});

const START = ["systemctl", "start", "fleet.socket", "fleet.service"];

/** Ways to end or stop the daemon's process. Each runs `meanwhile` while the daemon is away. */
const ends: readonly (readonly [how: string, end: (host: Host, meanwhile: () => Promise<unknown>) => Promise<unknown>])[] = [
  ["systemctl restart fleet", async (host, meanwhile) => Promise.all([host.run(["systemctl", "restart", "fleet"]), meanwhile()])],
  ["kill -9", async (host, meanwhile) => host.signal("fleet.service", "SIGKILL").then(meanwhile)],
  ["out of memory", async (host, meanwhile) => starve(host).then(meanwhile)],
  ["an upgrade", async (host, meanwhile) => Promise.all([upgrade(host), meanwhile()])],
  ["SIGSTOP for less than the TTL", standStill],
]; // prettier-ignore

describe("while the daemon is away for a moment", { concurrency: true }, () => {
  for (const [index, [how, end]] of ends.entries()) {
    test(`${how}: units keep their processes, the end of a unit is noticed, and the machine stays in the cluster`, async () => {
      const [host, id] = [cluster.host(index + 1), await cluster.host(index + 1).machineId()];
      const pinned = `${SLEEPER}\n[X-Fleet]\nMachineID=${id}\n`;
      const [stays, dies] = [`stays${index}.service`, `dies${index}.service`];
      await startUnits(cluster, host, { [stays]: pinned, [dies]: pinned });
      const before = await processesOf([host], [stays]);
      let begun = 0;
      await end(host, () => {
        begun = performance.now();
        return host.run(["systemctl", "kill", "--signal=SIGKILL", dies]);
      });
      await fleetdReady(host);
      const seconds = (performance.now() - begun) / 1000;
      await cluster.waitForUnits(
        "the end of the unit to be noticed",
        (rows) => rows.some(({ unit, active }) => unit === dies && active === "failed"),
        { asked: host },
      );
      assert.deepEqual(await processesOf([host], [stays]), before);
      const absences = records.absences.filter(({ machineID }) => machineID === id);
      assert.deepEqual(absences, []);
      console.log(
        `${how}: fleetd served again after ${seconds.toFixed(1)} s; units restarted: 0; the machine's record was never gone`,
      );
      await cluster.fleetctl(host, ["destroy", stays, dies]);
    });
  }
});

/** Limits the daemon's memory to its present size, and makes the daemon allocate until it is killed. */
async function starve(host: Host): Promise<void> {
  const pid = await mainPid(host, "fleet.service");
  await host.run(["kill", "-USR1", pid]);
  await host.run([
    "curl",
    "-s",
    "--retry",
    "20",
    "--retry-connrefused",
    "--retry-delay",
    "1",
    "127.0.0.1:9229/json/version",
  ]);
  await host.run(["prlimit", `--pid=${pid}`, "--data=1048576", "--as=1048576"]);
  // Normal work may end the daemon before this request does. Node, V8 and the C++ library each die in their own words.
  const grow = `
    const answer = await fetch("http://127.0.0.1:9229/json/list").catch(() => process.exit());
    const [{ webSocketDebuggerUrl }] = await answer.json();
    const socket = new WebSocket(webSocketDebuggerUrl);
    const expression = "for (const all = []; ; ) all.push(new Array(10_000).fill(0))";
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } }));
    socket.onclose = socket.onerror = () => process.exit();`;
  await host.run([process.execPath, "--input-type=module", "--eval", grow]);
  await waitFor("the daemon to die of the lack of memory", async () => (await mainPid(host, "fleet.service")) !== pid);
}

/** Replaces the programs with another version, as a package would, and restarts the daemon. */
async function upgrade(host: Host): Promise<void> {
  const program = (await host.run(["readlink", "-f", "/usr/bin/fleetd"])).stdout.trim();
  const copy = `
    from=\${0%/bin/fleetd}; workspace=\${0%/packages/*}; next=/opt/next
    mkdir -p $next && cp -r "$from/bin" "$from/dist" $next && ln -s "$from/node_modules" $next
    sed -i "s|^node=.*|node=$workspace/node_modules/node/bin/node|" $next/bin/fleetd
    sed -i 's/"0[.]1[.]0"/"9.9.9"/' $next/dist/fleetd-program.cjs
    ln -sfn $next/bin/fleetd /usr/bin/fleetd && systemctl restart fleet.service`;
  await host.run(["sh", "-c", copy, program]);
  await waitFor("the new version to serve", async () => {
    const { stdout } = await host.run(["curl", "-s", "--unix-socket", "/run/fleet.sock", "http://x/fleet/v2/version"]);
    return stdout.includes("9.9.9");
  });
}

async function standStill(host: Host, meanwhile: () => Promise<unknown>): Promise<void> {
  await host.signal("fleet.service", "SIGSTOP");
  await meanwhile();
  // A fixed time on purpose: the daemon must be stopped for longer than a request to the store may take.
  await delay(2_000);
  await host.signal("fleet.service", "SIGCONT");
}

test("a daemon notices at its start that a unit has ended, and does not start a finished or stopped unit again", async () => {
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
  await cluster.waitForUnits("the failure to be reported", (rows) =>
    rows.some(({ unit, active }) => unit === "dies.service" && active === "failed"),
  );
  assert.equal(await startsCounted(onceHome, "/var/tmp/once"), 1);
  assert.equal(await homes.get("byhand.service")?.isActive("byhand.service"), false);
  await cluster.fleetctl(cluster.host(1), ["destroy", "once.service", "byhand.service", "dies.service"]);
});

test("after systemctl stop fleet, the machine leaves at once, and its units stop and run elsewhere", async () => {
  await startUnits(cluster, cluster.host(1), { "moves.service": SLEEPER });
  const home = await cluster.waitForActive("moves.service");
  const asked = cluster.hosts.find((host) => host !== home) ?? home;
  await home.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  // Well before the TTL of a minute ends.
  const next = await cluster.waitForActive("moves.service", { elsewhere: home, timeoutMs: 20_000 });
  assert.equal(await home.isActive("moves.service"), false);
  await cluster.waitForMachines(cluster.hosts.length - 1, asked);
  await home.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(cluster.hosts.length, asked);
  assert.equal((await cluster.waitForActive("moves.service")).name, next.name);
  assert.equal(await home.isActive("moves.service"), false);
  await cluster.fleetctl(asked, ["destroy", "moves.service"]);
});

test("a host that shuts down leaves the cluster, even when its engine is the leader", async () => {
  await startUnits(cluster, cluster.host(1), { "a.service": SLEEPER, "b.service": SLEEPER, "c.service": SLEEPER });
  for (const unit of ["a.service", "b.service", "c.service"]) await cluster.waitForActive(unit);
  const leader = await leaderOf(cluster);
  const asked = cluster.hosts.find((host) => host !== leader) ?? leader;
  await leader.shutdown();
  // Well before the TTL of a minute ends.
  await cluster.waitForMachines(cluster.hosts.length - 1, asked, { timeoutMs: 20_000 });
  for (const unit of ["a.service", "b.service", "c.service"])
    await cluster.waitForActive(unit, { elsewhere: leader, timeoutMs: 20_000 });
  await leader.powerOn();
  await cluster.waitForMachines(cluster.hosts.length, asked);
  await cluster.fleetctl(asked, ["destroy", "a.service", "b.service", "c.service"]);
});

test("systemd's watchdog restarts a daemon that hangs, and its units keep running", async () => {
  const home = cluster.host(2);
  const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "calm.service": SLEEPER + pinned });
  await home.writeFile("/etc/systemd/system/fleet.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n");
  await home.run(["systemctl", "daemon-reload"]);
  await home.run(["systemctl", "restart", "fleet.service"]);
  const [unitBefore, daemonBefore] = [await mainPid(home, "calm.service"), await mainPid(home, "fleet.service")];
  await home.signal("fleet.service", "SIGSTOP");
  await waitFor(
    "systemd to start a new daemon",
    async () => !["0", daemonBefore].includes(await mainPid(home, "fleet.service")),
    {
      timeoutMs: 20_000,
    },
  );
  await fleetdReady(home);
  assert.equal(await mainPid(home, "calm.service"), unitBefore);
  await cluster.fleetctl(cluster.host(1), ["destroy", "calm.service"]);
});

test("the daemon keeps running and starts every unit when systemd re-executes during a burst of starts", async () => {
  const home = cluster.host(4);
  const text = `${SLEEPER}\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  const units = Array.from({ length: 20 }, (_, number) => `burst${number}.service`);
  const daemonBefore = await mainPid(home, "fleet.service");
  await putFiles(home, Object.fromEntries(units.map((unit) => [unit, text])));
  const reexecute = async (): Promise<void> => {
    for (let times = 0; times < 3; times += 1) await home.run(["systemctl", "daemon-reexec"], { check: false });
  };
  const start = ["start", "--no-block", ...units.map((unit) => `/tmp/units/${unit}`)];
  await Promise.all([cluster.fleetctl(home, start), reexecute()]);
  const areUp = async (): Promise<boolean> => {
    const listed = await cluster.listUnits(home);
    return units.every((name) => listed.some(({ unit, active }) => unit === name && active === "active"));
  };
  await waitFor("all units to run", areUp, { timeoutMs: 60_000 });
  assert.equal(await mainPid(home, "fleet.service"), daemonBefore);
  await cluster.fleetctl(home, ["destroy", ...units]);
});

test("the daemon keeps working while journald hangs", async () => {
  const home = cluster.host(5);
  const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await home.signal("systemd-journald.service", "SIGSTOP");
  // Fill journald's queue, so that the next write to it blocks.
  const fill = "while :; do printf 'MESSAGE=more\\n%.0s' 1 2 3 4 5 6 7 8 | logger --journald; done";
  await home.run(["timeout", "10", "sh", "-c", fill], { check: false });
  await startUnits(cluster, home, { "unlogged.service": SLEEPER + pinned });
  await home.signal("systemd-journald.service", "SIGCONT");
  await cluster.fleetctl(home, ["destroy", "unlogged.service"]);
});

test("a launched unit starts again after a reboot, even a oneshot that had finished", async () => {
  const home = cluster.host(3);
  const pinned = `\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await startUnits(cluster, cluster.host(1), { "again.service": countingOneshot("/var/tmp/again") + pinned });
  await waitFor("the unit's first run", async () => (await startsCounted(home, "/var/tmp/again")) === 1);
  await home.powerCut();
  await home.powerOn();
  await waitFor("the unit's second run", async () => (await startsCounted(home, "/var/tmp/again")) === 2, {
    timeoutMs: 30_000,
  });
  await cluster.fleetctl(cluster.host(1), ["destroy", "again.service"]);
});
