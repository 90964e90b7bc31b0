import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  host = cluster.host(1);
});
after(() => cluster.down());

const isEnabled = async (unit: string): Promise<string> =>
  (await host.run(["systemctl", "is-enabled", unit], { check: false })).stdout.trim();

/** Returns the links to units, by name, in systemd's directories. */
async function links(...names: readonly string[]): Promise<readonly string[]> {
  const search = 'for name; do find /run/systemd /etc/systemd -name "$name"; done';
  return (await host.run(["sh", "-c", search, "sh", ...names])).stdout
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

async function destroy(...names: readonly string[]): Promise<void> {
  await cluster.fleetctl(host, ["destroy", ...names]);
  await waitFor("all links to be removed", async () => (await links(...names)).length === 0);
}

test("a loaded unit is enabled-runtime if its [Install] asks for links, and linked-runtime otherwise", async () => {
  await putFiles(host, {
    "plain.service": SLEEPER,
    "wanted.service": `${SLEEPER}\n[Install]\nWantedBy=multi-user.target\n`,
    "empty.service": `${SLEEPER}\n[Install]\n`,
  });
  await cluster.fleetctl(host, ["load", ...["plain", "wanted", "empty"].map((name) => `/tmp/units/${name}.service`)]);
  assert.equal(await isEnabled("plain.service"), "linked-runtime");
  assert.equal(await isEnabled("wanted.service"), "enabled-runtime");
  assert.equal(await isEnabled("empty.service"), "linked-runtime");
  await destroy("plain.service", "wanted.service", "empty.service");
});

test("WantedBy= starts a unit together with the wanting unit, and links of Alias= are removed with the unit", async () => {
  await putFiles(host, {
    "member.service": `${SLEEPER}\n[Install]\nWantedBy=group.target\nAlias=known-as.service\n`,
  });
  await cluster.fleetctl(host, ["load", "/tmp/units/member.service"]);
  await startUnits(cluster, host, { "group.target": "[Unit]\nDescription=A group\n" });
  await waitFor("member.service to run", () => host.isActive("member.service"));
  assert.deepEqual(await links("known-as.service"), ["/run/systemd/system/known-as.service"]);
  await cluster.fleetctl(host, ["destroy", "group.target"]);
  await destroy("member.service");
  assert.deepEqual(await links("known-as.service"), []);
});

test("each instance is enabled separately, and DefaultInstance= alone enables nothing", async () => {
  await putFiles(host, {
    "worker@.service": `${SLEEPER}\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=one\n`,
    "lone@.service": `${SLEEPER}\n[Install]\nDefaultInstance=one\n`,
  });
  await cluster.fleetctl(host, ["submit", "/tmp/units/worker@.service", "/tmp/units/lone@.service"]);
  await cluster.fleetctl(host, ["start", "worker@two.service", "lone@two.service"]);
  assert.equal(await isEnabled("worker@two.service"), "enabled-runtime");
  assert.equal(await isEnabled("lone@two.service"), "linked-runtime");
  assert.equal(await host.isActive("worker@two.service"), true);
  assert.deepEqual(await links("worker@one.service", "worker@.service"), []);
  await destroy("worker@two.service", "lone@two.service");
  await cluster.fleetctl(host, ["destroy", "worker@.service", "lone@.service"]);
});

test("a unit runs although its [Install] asks for a name of another type, and the journal says so", async () => {
  await startUnits(cluster, host, { "odd.service": `${SLEEPER}\n[Install]\nAlias=odd.socket\n` });
  assert.equal(await host.isActive("odd.service"), true);
  assert.match(await host.journal("fleet.service"), /odd\.socket/);
  await destroy("odd.service");
});
