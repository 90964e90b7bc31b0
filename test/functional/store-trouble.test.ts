import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { askDaemon, Cluster, waitFor } from "../lab/index.ts";
import { fleetdReady, mainPid, SLEEPER, startUnits } from "./running-units.ts";

const PREFIX = "/_coreos.com/fleet/";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2, config: () => ({ agent_ttl: "3s" }) });
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

test("while etcd is down for longer than the TTL, units keep running and the API says why it cannot serve; everything recovers", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "one.service": SLEEPER, "two.service": SLEEPER });
  const homes = [await cluster.waitForActive("one.service"), await cluster.waitForActive("two.service")];
  const pids = [await mainPid(homes[0] ?? first, "one.service"), await mainPid(homes[1] ?? second, "two.service")];
  await cluster.etcd.stop();
  await waitFor(
    "fleet's message in the journal",
    async () => /Server monitor triggered/.test(await first.journal("fleet.service")),
    { timeoutMs: 20_000 },
  );
  const { code, stderr } = await cluster.fleetctl(first, ["list-units"], { check: false });
  assert.notEqual(code, 0);
  assert.match(stderr, /etcd|store/);
  await cluster.etcd.start();
  await cluster.waitForRecovery();
  await cluster.waitForActive("one.service");
  await cluster.waitForActive("two.service");
  assert.deepEqual(
    [await mainPid(homes[0] ?? first, "one.service"), await mainPid(homes[1] ?? second, "two.service")],
    pids,
  );
  await cluster.fleetctl(first, ["destroy", "one.service", "two.service"]);
});

test("a daemon that starts while etcd is down reports this, waits, and joins when etcd is back", async () => {
  const host = cluster.host(2);
  await host.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  await cluster.etcd.stop();
  await host.run(["systemctl", "start", "fleet.socket", "fleet.service"], { timeoutMs: 60_000 });
  assert.equal(await host.isActive("fleet.service"), true);
  const { code, stderr } = await cluster.fleetctl(host, ["list-machines"], { check: false });
  assert.notEqual(code, 0);
  assert.match(stderr, /etcd|store/);
  await cluster.etcd.start();
  await cluster.waitForRecovery();
});

test("keys of the daemons that another client deletes are back within seconds, and the journal reports it", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "kept.service": SLEEPER });
  await cluster.waitForActive("kept.service");
  const [etcd] = cluster.etcd.members;
  const all = ["machine", "state", "publisher", "roll", "engine"].map((kind) => ({
    request_delete_range: { key: base64(`${PREFIX}${kind}/`), range_end: base64(`${PREFIX}${kind}0`) },
  }));
  // Delete all in one transaction, as `etcdctl del --prefix` does: a state that is deleted alone is written again only
  // with the unit's next change.
  await etcd?.call("kv/txn", { success: all });
  const begun = performance.now();
  await cluster.waitForMachines(2, second);
  const seconds = (performance.now() - begun) / 1000;
  console.log(`both machines are listed again after ${seconds.toFixed(1)} s`);
  assert.ok(seconds < 5);
  await cluster.waitForActive("kept.service");
  for (const host of [first, second])
    assert.match(await host.journal("fleet.service"), /record in the store was deleted/);
  await startUnits(cluster, second, { "new.service": SLEEPER });
  await cluster.waitForActive("new.service");
  await cluster.fleetctl(first, ["destroy", "kept.service", "new.service"]);
  await cluster.waitForGone("kept.service");
});

test("when etcd loses its data, units keep running but are no longer listed, and new units start", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "k1.service": SLEEPER, "k3.service": SLEEPER });
  const homes = [await cluster.waitForActive("k1.service"), await cluster.waitForActive("k3.service")] as const;
  const pids = (): Promise<string[]> => Promise.all([mainPid(homes[0], "k1.service"), mainPid(homes[1], "k3.service")]);
  const before = await pids();
  await cluster.etcd.loseData();
  await cluster.waitForRecovery();
  for (const host of [first, second]) {
    await startUnits(cluster, host, { [`on-${host.name}.service`]: SLEEPER });
    await cluster.waitForActive(`on-${host.name}.service`);
    const { stdout } = await cluster.fleetctl(host, ["list-unit-files", "--no-legend"]);
    assert.doesNotMatch(stdout, /k[13]\.service/);
  }
  // Each machine verifies the others by the certificates of the new cluster.
  for (const host of [first, second])
    for (const asked of [first, second])
      await waitFor(`${asked.name} to receive ${host.name}'s unit`, async () => {
        await cluster.fleetctl(asked, ["journal", `on-${host.name}.service`]);
        return true;
      });
  for (const home of new Set(homes)) {
    assert.match(await home.journal("fleet.service"), /the store has lost the assignments/);
    await home.run(["systemctl", "restart", "fleet.service"]);
    await fleetdReady(home);
  }
  await cluster.fleetctl(first, ["destroy", `on-${first.name}.service`, `on-${second.name}.service`]);
  await cluster.waitForGone(`on-${first.name}.service`);
  assert.deepEqual(await pids(), before);
  // A daemon that stops on purpose also stops units that are in no store.
  for (const home of new Set(homes)) {
    await home.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
    await home.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
    await fleetdReady(home);
  }
  assert.deepEqual(await pids(), ["0", "0"]);
});

test("a reload with another agent_ttl keeps the machine in the cluster, and its units move after the new TTL", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "moves.service": SLEEPER });
  const home = await cluster.waitForActive("moves.service");
  const other = home === first ? second : first;
  const pid = await mainPid(home, "moves.service");
  const config = await home.readFile("/etc/fleet/fleet.conf");
  await home.writeFile("/etc/fleet/fleet.conf", config.replace(/agent_ttl=.*/, 'agent_ttl="7s"'));
  await home.run(["systemctl", "reload", "fleet.service"]);
  for (const until = performance.now() + 4_000; performance.now() < until;) {
    const { machines } = (await askDaemon(other, "/fleet/v1/machines")) as { readonly machines: readonly unknown[] };
    assert.equal(machines.length, 2);
  }
  assert.equal(await mainPid(home, "moves.service"), pid);
  const cutAt = performance.now();
  await home.powerCut();
  await cluster.waitForActive("moves.service", { elsewhere: home, timeoutMs: 20_000 });
  const tookMs = performance.now() - cutAt;
  // Up to a third of the TTL may have passed since the last renewal.
  assert.ok(tookMs > 4_500 && tookMs < 12_000, `${tookMs} ms`);
});
