import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { mainPid, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
/** The machine of the units, and one that asks about them. */
let home: Host;
let other: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
  [home, other] = [cluster.host(1), cluster.host(2)];
  const there = `[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  const bound = "[X-Fleet]\nMachineOf=";
  await startUnits(cluster, other, {
    "web.service": `${SLEEPER}Environment=PUBLIC=yes\n${there}`,
    "job.service": `[Service]\nType=oneshot\nExecStart=/bin/true\n${there}`,
    "job.timer": `[Timer]\nOnCalendar=2099-01-01 UTC\n${bound}job.service\n`,
    "boot.timer": `[Timer]\nOnBootSec=10d\nUnit=job.service\n${bound}job.service\n`,
    "echo.service": `[Service]\nExecStart=/bin/sleep infinity\n${there}`,
    "echo.socket": `[Socket]\nListenStream=/run/echo.sock\nListenDatagram=7070\n${bound}echo.service\n`,
  });
  await cluster.waitForActive("web.service", { asked: other });
});
after(() => cluster.down());

function ask(...args: readonly string[]) {
  return other.run(["fleetctl", ...args], { check: false });
}

test("show prints systemd's properties from the unit's machine, and no environment that its host adds", async () => {
  const { stdout } = await ask("show", "web.service", "-p", "Machine,MainPID,ActiveState,Environment");
  const [machine, pid] = [await home.machineId(), await mainPid(home, "web.service")];
  const expected = `Machine=${machine}\nMainPID=${pid}\nEnvironment=PUBLIC=yes\nActiveState=active\n`;
  assert.deepEqual(stdout.split("\n").toSorted(), expected.split("\n").toSorted());
  assert.match((await ask("show", "web.service")).stdout, /^FragmentPath=\/run\/systemd\/system\/web\.service$/m);
  await home.writeFile("/etc/systemd/system/web.service.d/secret.conf", "[Service]\nEnvironment=PASSWORD=hush\n");
  await home.run(["systemctl", "daemon-reload"]);
  assert.match((await home.run(["systemctl", "show", "web.service"])).stdout, /PASSWORD=hush/);
  assert.doesNotMatch((await ask("show", "web.service")).stdout, /PASSWORD|hush/);
});

test("list-timers has the times of systemd's timers", async () => {
  const { stdout } = await ask("list-timers", "--no-legend", "--full", "--fields", "unit,next,activates,machine");
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/\t+/));
  const legend = `${await home.machineId()}/${home.ip}`;
  assert.deepEqual(rows.at(-1), ["job.timer", "2099-01-01T00:00:00.000Z", "job.service", legend]);
  assert.deepEqual([rows[0]?.[0], rows[0]?.[2], rows[0]?.[3]], ["boot.timer", "job.service", legend]);
  const listed = await home.run(["systemctl", "list-timers", "--output=json", "boot.timer"]);
  const [systemds] = JSON.parse(listed.stdout) as readonly { readonly next: number }[];
  const differenceMs = Date.parse(rows[0]?.[1] ?? "") - (systemds?.next ?? 0) / 1_000;
  assert.ok(Math.abs(differenceMs) < 2_000, `boot.timer: ${differenceMs} ms from what systemctl shows`);
});

test("list-sockets has the addresses of systemd's sockets", async () => {
  const { stdout } = await ask("list-sockets", "--no-legend", "--fields", "unit,type,listen,activates");
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/\t+/));
  assert.deepEqual(rows, [
    ["echo.socket", "Stream", "/run/echo.sock", "echo.service"],
    ["echo.socket", "Datagram", "[::]:7070", "echo.service"],
  ]);
});

test("is-active and is-failed follow the units' states", async () => {
  assert.deepEqual(
    [(await ask("is-active", "web.service")).code, (await ask("is-failed", "web.service")).code],
    [0, 1],
  );
  await ask("kill", "-9", "web.service");
  await waitFor("the unit to fail", async () => (await ask("is-failed", "--quiet", "web.service")).code === 0);
  const active = await ask("is-active", "web.service");
  assert.deepEqual([active.code, active.stdout], [3, "failed\n"]);
  assert.match((await ask("list-units", "--failed")).stdout, /^web\.service\t.*\tfailed\t/m);
  await ask("start", "web.service");
});

test("the journal of another machine is filtered", async () => {
  const journal = async (...args: readonly string[]) => ask("journal", "-o", "cat", "web.service", ...args);
  await waitFor("the unit's line", async () =>
    (await journal("-b", "-g", "^began to")).stdout.includes("began to sleep"),
  );
  assert.doesNotMatch((await journal("--until", "2020-01-01")).stdout, /began/);
  assert.doesNotMatch((await journal("-g", "^began to")).stdout, /Started/);
  const bad = await journal("-g", "(");
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /missing closing parenthesis/);
});

test("health finds nothing wrong, then a unit that fails, and the leader exports units' metrics", async () => {
  const healthy = await ask("health", "--wait", "20");
  assert.equal(healthy.code, 0, healthy.stdout + healthy.stderr);
  assert.match(
    healthy.stdout,
    /^healthy: 2 machines, \d+ wanted units; leader \w+\.\.\.\/\S+; store etcd=.* answers in \d+ ms\n$/,
  );
  await ask("kill", "-9", "web.service");
  await waitFor("the failure to be found", async () => (await ask("health")).code === 1);
  assert.match((await ask("health")).stdout, /^WRONG units: web\.service does not run on /m);
  const scrapes = await Promise.all(
    cluster.hosts.map((host) => host.run(["curl", "-s", "--unix-socket", "/run/fleet.sock", "http://fleet/metrics"])),
  );
  const series = scrapes.flatMap(({ stdout }) => stdout.split("\n"));
  assert.equal(series.filter((line) => line.startsWith('fleet_unit_state{unit="web.service"')).length, 1);
  assert.deepEqual(
    series.filter((line) => line.startsWith('fleet_units_not_running{why="failed"')),
    ['fleet_units_not_running{why="failed"} 1'],
  );
});
