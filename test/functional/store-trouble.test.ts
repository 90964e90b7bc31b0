import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";
import { mainPid, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2, config: () => ({ agent_ttl: "3s" }) });
});
after(() => cluster.down());

test("etcd away for longer than the TTL: units run on, the API says why it cannot serve, all recovers by itself", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "one.service": SLEEPER, "two.service": SLEEPER });
  const homes = [await cluster.waitForActive("one.service"), await cluster.waitForActive("two.service")];
  const pids = [await mainPid(homes[0] ?? first, "one.service"), await mainPid(homes[1] ?? second, "two.service")];
  await cluster.etcd.stop();
  await waitFor(
    "fleet's own words in the journal",
    async () => /Server monitor triggered/.test(await first.journal("fleet.service")),
    { timeoutMs: 20_000 },
  );
  const { code, stderr } = await cluster.fleetctl(first, ["list-units"], { check: false });
  assert.notEqual(code, 0);
  assert.match(stderr, /etcd|store/);
  await cluster.etcd.start();
  await cluster.waitForMachines(2, first, { timeoutMs: 20_000 });
  await cluster.waitForActive("one.service");
  await cluster.waitForActive("two.service");
  assert.deepEqual(
    [await mainPid(homes[0] ?? first, "one.service"), await mainPid(homes[1] ?? second, "two.service")],
    pids,
  );
  await cluster.fleetctl(first, ["destroy", "one.service", "two.service"]);
});

test("a daemon that starts while etcd is away says so, waits, and joins when it is back", async () => {
  const host = cluster.host(2);
  await host.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  await cluster.etcd.stop();
  await host.run(["systemctl", "start", "fleet.socket", "fleet.service"], { timeoutMs: 60_000 });
  assert.equal(await host.isActive("fleet.service"), true);
  const { code, stderr } = await cluster.fleetctl(host, ["list-machines"], { check: false });
  assert.notEqual(code, 0);
  assert.match(stderr, /etcd|store/);
  await cluster.etcd.start();
  await cluster.waitForMachines(2, host, { timeoutMs: 30_000 });
});
