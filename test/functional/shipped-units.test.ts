import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, REPOSITORY, waitFor } from "../lab/index.ts";

const UNITS = join(REPOSITORY, "units");
const ours = (name: string): boolean => !/^fleet[.-]/.test(name);

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3 });
});
after(() => cluster.down());

test("every unit file that ships is accepted and returned unchanged", async () => {
  const host = cluster.host(1);
  const names = (await readdir(UNITS)).filter(ours);
  assert.ok(names.length >= 7);
  for (const name of names) {
    await cluster.fleetctl(host, ["submit", join(UNITS, name)]);
    assert.equal((await cluster.fleetctl(host, ["cat", name])).stdout, await readFile(join(UNITS, name), "utf8"));
  }
  await cluster.fleetctl(host, ["destroy", ...names]);
});

test("instances of a web template answer, and each has its sidekick on the same machine, even after a move", async () => {
  const host = cluster.host(1);
  await cluster.fleetctl(host, ["submit", join(UNITS, "web@.service"), join(UNITS, "web-sidekick@.service")]);
  await cluster.fleetctl(host, [
    "start",
    "web@1.service",
    "web@2.service",
    "web-sidekick@1.service",
    "web-sidekick@2.service",
  ]);
  for (const instance of ["1", "2"]) {
    const home = await cluster.waitForActive(`web@${instance}.service`);
    const beside = await cluster.waitForActive(`web-sidekick@${instance}.service`);
    assert.equal(beside.name, home.name);
    const port = 8000 + Number(instance);
    await waitFor(
      "the instance to answer",
      async () => (await home.run(["curl", "-sf", `http://127.0.0.1:${port}/`], { check: false })).code === 0,
    );
  }
  const home = await cluster.waitForActive("web@1.service");
  await home.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  const next = await cluster.waitForActive("web@1.service", { elsewhere: home });
  assert.equal((await cluster.waitForActive("web-sidekick@1.service", { elsewhere: home })).name, next.name);
  await home.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(3);
  await cluster.fleetctl(next, [
    "destroy",
    "web-sidekick@1.service",
    "web-sidekick@2.service",
    "web@1.service",
    "web@2.service",
  ]);
});

test("a global unit runs on every machine, including one that joins later", async () => {
  const host = cluster.host(1);
  const name = "heartbeat.service";
  await cluster.fleetctl(host, ["start", join(UNITS, name)]);
  const homes = async (): Promise<number> =>
    (await cluster.listUnits()).filter(({ unit, active }) => unit === name && active === "active").length;
  await waitFor("three copies to run", async () => (await homes()) === 3);
  await cluster.addHosts({ hosts: 1 });
  await waitFor("the fourth copy to run", async () => (await homes()) === 4);
  await cluster.fleetctl(host, ["destroy", name]);
  await cluster.waitForGone(name);
});

test("a timer runs beside its service on each machine, and starts it there", async () => {
  const host = cluster.host(1);
  await cluster.fleetctl(host, ["load", join(UNITS, "cleanup.service")]);
  await cluster.fleetctl(host, ["start", join(UNITS, "cleanup.timer")]);
  await cluster.waitForUnits("both units to be on each machine", (rows) =>
    cluster.hosts.every((home) => {
      const here = rows.filter((row) => row.host === home);
      const isActive = here.some(({ unit, active }) => unit === "cleanup.timer" && active === "active");
      return isActive && here.some(({ unit }) => unit === "cleanup.service");
    }),
  );
  for (const home of cluster.hosts)
    assert.match(
      (await home.run(["systemctl", "list-timers", "--all", "--no-pager"])).stdout,
      /cleanup\.timer\s+cleanup\.service/,
    );
  await cluster.fleetctl(host, ["destroy", "cleanup.timer", "cleanup.service"]);
});
