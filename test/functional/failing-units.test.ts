import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { mainPid, putFiles, SLEEPER, startUnits } from "./running-units.ts";

/** Options of a service that fails at once on a host without the file. */
const CHOOSY = "ExecStart=/bin/sh -c 'test -e /root/works && exec sleep 100000'\nRestart=always\nRestartSec=50ms\n";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3 });
});
after(() => cluster.down());

test("a unit that keeps failing on two machines moves to the third, and status shows both failures", async () => {
  const [first, second, third] = [cluster.host(1), cluster.host(2), cluster.host(3)];
  const byID = await sortedByID(first, second, third);
  const good = byID[2] ?? third;
  await good.writeFile("/root/works", "yes");
  await putFiles(first, { "choosy.service": `[Service]\n${CHOOSY}` });
  await cluster.fleetctl(first, ["start", "--no-block", "/tmp/units/choosy.service"]);
  const begun = performance.now();
  // A bad machine may report the unit as active for a moment, so only the good machine counts.
  await cluster.waitForUnits(
    "choosy.service to be active on the good machine",
    (rows) => rows.some((row) => row.active === "active" && row.host === good),
    { asked: first, timeoutMs: 60_000 },
  );
  console.log(
    `given up on two machines, the unit ran after ${((performance.now() - begun) / 1000).toFixed(1)} s, including a pause of 30 s`,
  );
  const { stdout } = await cluster.fleetctl(first, ["status", "choosy.service"]);
  assert.equal(stdout.match(/last run ended with result "exit-code"/g)?.length, 2);
  await cluster.fleetctl(first, ["destroy", "choosy.service"]);
});

test("a failing unit does not move when it is pinned, has MoveOnFailure=no, or is a oneshot", async () => {
  const host = cluster.host(1);
  const id = (await host.run(["cat", "/etc/machine-id"])).stdout.trim();
  const failing = CHOOSY.replace("works", "never");
  await putFiles(host, {
    "pinned.service": `[Service]\n${failing}\n[X-Fleet]\nMachineID=${id}\n`,
    "stays.service": `[Service]\n${failing}\n[X-Fleet]\nMoveOnFailure=no\n`,
    "job.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    "moves.service": `[Service]\n${failing}`,
    "fine.service": SLEEPER,
  });
  const names = ["pinned", "stays", "job", "moves", "fine"].map((name) => `/tmp/units/${name}.service`);
  await cluster.fleetctl(host, ["start", "--no-block", ...names]);
  await cluster.waitForActive("fine.service");
  await waitFor("a failed attempt of moves.service", async () => (await attemptsOf(host, "moves.service")) >= 1, {
    timeoutMs: 20_000,
  });
  for (const unit of ["pinned.service", "stays.service", "job.service"]) {
    await cluster.waitForUnits(
      `${unit} to fail`,
      (rows) => rows.some((row) => row.unit === unit && row.active === "failed"),
      { asked: host },
    );
    assert.equal(await attemptsOf(host, unit), 0);
  }
  await cluster.fleetctl(host, [
    "destroy",
    "pinned.service",
    "stays.service",
    "job.service",
    "moves.service",
    "fine.service",
  ]);
});

test("units do not move while systemd keeps restarting them", { timeout: 90_000 }, async () => {
  const host = cluster.host(2);
  const pausing =
    "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=300ms\n";
  const units = Array.from({ length: 20 }, (_, index) => `pausing${index}.service`);
  await putFiles(host, Object.fromEntries(units.map((unit) => [unit, pausing])));
  await cluster.fleetctl(host, ["start", "--no-block", ...units.map((unit) => `/tmp/units/${unit}`)]);
  const places = async (): Promise<Map<string, Host | undefined>> =>
    new Map((await cluster.listUnits(host)).map((row) => [row.unit, row.host]));
  const homes = await waitFor("all units to be placed", async () => {
    const found = await places();
    return units.every((unit) => found.get(unit) !== undefined) && found;
  });
  await waitFor(
    "ten restarts of each unit",
    async () => {
      const counted = cluster.hosts.map(async (home) => {
        const own = units.filter((unit) => homes.get(unit) === home);
        const shown = await home.showAll(own, "NRestarts");
        return own.flatMap((unit, index) => {
          const restarts = Number(shown[index]?.["NRestarts"]);
          return restarts >= 10 ? [] : [`${unit} on ${home.name}: ${restarts}`];
        });
      });
      const behind = (await Promise.all(counted)).flat();
      if (behind.length > 0) throw new Error(behind.join(", "));
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 1_000 },
  );
  const now = await places();
  assert.deepEqual(
    units.filter((unit) => now.get(unit) !== homes.get(unit)),
    [],
  );
  for (const unit of units) assert.equal(await attemptsOf(host, unit), 0);
  await cluster.fleetctl(host, ["destroy", ...units]);
});

test("a unit runs on another machine when a host has its own unit of that name", async () => {
  const [host, ...others] = cluster.hosts;
  assert.ok(host);
  await host.writeFile("/etc/systemd/system/taken.service", SLEEPER);
  await host.run(["systemctl", "start", "taken.service"]);
  const pid = await mainPid(host, "taken.service");
  // The fillers make the other machines fuller, so that the next unit goes to the host that has its own unit.
  const fillers = await Promise.all(others.map(async (other) => fillersOn(await other.machineId())));
  await startUnits(cluster, host, Object.assign({}, ...fillers) as Record<string, string>);
  await putFiles(host, { "taken.service": SLEEPER });
  await cluster.fleetctl(host, ["start", "/tmp/units/taken.service"]);
  const { stdout } = await cluster.fleetctl(host, ["status", "taken.service"]);
  assert.match(stdout, /taken\.service is the host's own unit/);
  await cluster.waitForActive("taken.service", { elsewhere: host });
  assert.equal(await mainPid(host, "taken.service"), pid);
});

function fillersOn(machine: string): Record<string, string> {
  const names = Array.from({ length: 10 }, (_, index) => `filler-${machine.slice(0, 8)}-${index}.service`);
  return Object.fromEntries(names.map((name) => [name, `${SLEEPER}[X-Fleet]\nMachineID=${machine}\n`]));
}

async function attemptsOf(host: Host, unit: string): Promise<number> {
  const { json } = await apiRequest(host, `/fleet/v2/units/${unit}`);
  return ((json as { readonly attempts?: readonly unknown[] }).attempts ?? []).length;
}

/** Returns the hosts in the order in which the scheduler tries them for a unit without requirements. */
async function sortedByID(...hosts: readonly Host[]): Promise<Host[]> {
  const ids = await Promise.all(hosts.map(async (host) => (await host.run(["cat", "/etc/machine-id"])).stdout));
  return hosts.toSorted((a, b) => ((ids[hosts.indexOf(a)] ?? "") < (ids[hosts.indexOf(b)] ?? "") ? -1 : 1));
}
