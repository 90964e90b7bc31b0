import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";
import { mainPid, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2, config: (host) => ({ metadata: `name=${host.name}` }) });
});
after(() => cluster.down());

test("SIGHUP loads the new configuration without affecting listeners, units or the machine's record", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "stays.service": SLEEPER });
  const home = await cluster.waitForActive("stays.service");
  const pids = [await mainPid(home, "stays.service"), await mainPid(home, "fleet.service")];
  const config = await home.readFile("/etc/fleet/fleet.conf");
  await home.writeFile("/etc/fleet/fleet.conf", config.replace(/metadata=.*\n/, 'metadata="name=other"\n'));
  await home.run(["systemctl", "reload", "fleet.service"]);
  await waitFor("the new metadata to be listed", async () =>
    /name=other/.test((await cluster.fleetctl(host, ["list-machines"])).stdout),
  );
  assert.match(await home.journal("fleet.service"), /reloading the configuration/);
  assert.deepEqual([await mainPid(home, "stays.service"), await mainPid(home, "fleet.service")], pids);
});

test("a reload refuses an invalid configuration and keeps the old one", async () => {
  const host = cluster.host(2);
  await host.writeFile("/etc/fleet/fleet.conf", "agent_ttl=soon\n");
  await host.run(["systemctl", "reload", "fleet.service"]);
  await waitFor("the journal to report the refusal", async () =>
    /line 1.*agent_ttl/.test(await host.journal("fleet.service")),
  );
  await cluster.waitForMachines(2, host);
});
