import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { LeaseCalls, Store } from "@flotilla/store";
import { openEtcdStore } from "@flotilla/store/etcd";
import { askDaemon, type CommandResult, Cluster, type Host, waitFor } from "../lab/index.ts";
import { countingOneshot, fleetdReady, processesOf, SLEEPER, startsCounted, startUnits } from "./running-units.ts";

const CONF = "/etc/fleet/fleet.conf";
const STORE = "/var/lib/fleet/store.db";
const SLEEPERS = Array.from({ length: 10 }, (_, index) => `run${index}.service`);
/** Runs on the agent. */
const ON_AGENT = "[X-Fleet]\nMachineMetadata=role=agent\n";

let cluster: Cluster;
/** The server. */
let host: Host;
let agent: Host;
let etcd: string;

before(async () => {
  cluster = await Cluster.boot({ hosts: 1, config: () => ({ store: "embedded" }) });
  await cluster.addAgents({ hosts: 1, config: () => ({ metadata: "role=agent" }) });
  [host, agent] = [cluster.host(1), cluster.host(2)];
  etcd = cluster.etcd.endpoint;
  await startUnits(cluster, host, Object.fromEntries(SLEEPERS.map((name) => [name, SLEEPER])));
  await startUnits(cluster, host, { "once.service": `${countingOneshot("/root/once")}${ON_AGENT}` });
});
after(() => cluster.lab.down());

const migrate = (to: string, check = true): Promise<CommandResult> =>
  host.run(["fleetctl", "store", "migrate", "--to", to], { check });

async function storeOf(): Promise<string> {
  return ((await askDaemon(host, "/fleet/v2/store")) as { readonly store: string }).store;
}

/** Submits units that never run, so that the store holds many keys. */
async function submit(count: number): Promise<void> {
  const make = `mkdir -p /tmp/many; for i in $(seq ${count}); do printf '[Service]\\nExecStart=/bin/sleep %s\\n' $i > /tmp/many/m$i.service; done`;
  await host.run(["sh", "-c", `${make}; fleetctl submit /tmp/many/m*.service > /dev/null`]);
}

async function sleeperOn(home: Host): Promise<string> {
  return Object.keys(await processesOf([home], SLEEPERS))[0] ?? assert.fail(`no unit runs on ${home.name}`);
}

/** Everything that must not change in a move: processes, starts of a finished unit, and the machine's registration. */
async function facts() {
  const machines = await host.run(["fleetctl", "list-machines", "--compat", "--full", "--no-legend"]);
  return {
    processes: await processesOf(cluster.hosts, SLEEPERS),
    once: await startsCounted(agent, "/root/once"),
    machines: machines.stdout,
    units: (await host.run(["fleetctl", "list-unit-files", "--no-legend"])).stdout,
  };
}

test("a cluster of 1,000 units moves from the embedded store to etcd and back, and no unit stops or starts again", async (t) => {
  await submit(1_000);
  await host.run(["sh", "-c", `sed -i '1i # keep this' ${CONF}`]);
  await waitFor("the oneshot to have run", async () => (await startsCounted(agent, "/root/once")) === 1);
  const before = await facts();
  for (const [to, name] of [
    [`etcd=${etcd}`, `etcd=${etcd}`],
    ["embedded", `embedded=${STORE}`],
    [`etcd=${etcd}`, `etcd=${etcd}`],
    [`embedded=${STORE}`, `embedded=${STORE}`],
  ] as const) {
    const begun = performance.now();
    const { stdout, stderr } = await migrate(to);
    t.diagnostic(`moved to ${name} in ${Math.round(performance.now() - begun)} ms`);
    assert.match(stdout, new RegExp(`^The cluster uses ${name} now$`, "m"));
    assert.match(stderr, /The former store stays in/);
    assert.equal(await storeOf(), name);
    assert.deepEqual(await facts(), before, `after the move to ${name}`);
    // A restart and new work use the new store.
    await host.run(["systemctl", "restart", "fleet"]);
    await fleetdReady(host);
    assert.equal(await storeOf(), name);
    const moved = [await sleeperOn(host), await sleeperOn(agent)];
    await host.run(["fleetctl", "restart", ...moved]);
    const after = await facts();
    for (const unit of moved)
      assert.notDeepEqual(after.processes[unit], before.processes[unit], "a restart request works");
    before.processes = after.processes;
    assert.deepEqual(after, before);
  }
  const conf = await host.run(["cat", CONF]);
  assert.match(conf.stdout, /^# keep this$/m);
});

/** The store in etcd, for what only another program could do there. */
function inEtcd(): Store & LeaseCalls {
  return openEtcdStore({
    endpoints: [etcd],
    requestTimeoutMs: 5_000,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
  });
}

test("a daemon that still uses the store that was left does not serve, and says which store to use", async () => {
  const before = await facts();
  const left = JSON.stringify({ is: "gone", machineID: "other", other: `embedded=${STORE}` });
  // As on another machine, whose daemon has not made the move.
  const store = inEtcd();
  await store.txn({ onSuccess: [{ put: "store/move", value: left }] });
  await store.close();
  await host.run(["sh", "-c", `cp ${CONF} /tmp/good.conf; sed -i 's/^store=.*/store=etcd/' ${CONF}`]);
  await host.run(["systemctl", "reload", "fleet"]);
  const status = ["systemctl", "show", "--value", "--property=StatusText", "fleet"];
  await waitFor("the daemon to refuse", async () =>
    (await host.run(status)).stdout.includes(`the cluster has moved to embedded=${STORE}`),
  );
  const refused = await host.run(["fleetctl", "list-units"], { check: false });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /the cluster has moved to embedded=/);
  await host.run(["sh", "-c", `cp /tmp/good.conf ${CONF}; systemctl reload fleet`]);
  await fleetdReady(host);
  assert.deepEqual(await facts(), before);
});

test("a move that cannot be made changes nothing, and says why", async () => {
  const before = await facts();
  const store = inEtcd();
  await store.txn({ onSuccess: [{ deletePrefix: "" }] });
  await store.txn({ onSuccess: [{ put: "unit/other.service", value: "{}" }] });
  for (const [to, said] of [
    [`etcd=${etcd}`, /the other store has 1 key already/],
    ["etcd=http://127.0.0.1:1", /cannot reach|connection refused|did not answer/i],
    ["embedded", /the cluster's store is embedded=.* already/],
    ["consul=x", /not a store/],
  ] as const) {
    const { code, stderr } = await migrate(to, false);
    assert.equal(code, 1, stderr);
    assert.match(stderr, said);
    assert.equal(await storeOf(), `embedded=${STORE}`);
  }
  await store.txn({ onSuccess: [{ deletePrefix: "" }] });
  await store.close();
  assert.deepEqual(await facts(), before);
});

test("a cluster with several servers does not move, and the refusal names the others", async () => {
  await migrate(`etcd=${etcd}`);
  const store = inEtcd();
  const { id } = await store.grantLease(undefined, 600_000);
  const other = "f".repeat(32);
  const value = JSON.stringify({ id: other, primaryIP: "10.9.9.9" });
  await store.txn({ onSuccess: [{ put: `machine/${other}`, value, lease: id }] });
  const { code, stderr } = await migrate("embedded", false);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`other machines use the store, too: ${other} \\(10\\.9\\.9\\.9\\)`));
  await store.revokeLease(id);
  await store.close();
  await migrate("embedded");
});

test("a change that the API accepted during a move is in the other store", async () => {
  const { processes } = await facts();
  // Writes the name of each unit that was accepted.
  const loop =
    "mkdir -p /tmp/late; for i in $(seq 60); do printf '[Service]\\nExecStart=/bin/sleep 9%s\\n' $i > /tmp/late/late$i.service; " +
    "fleetctl submit /tmp/late/late$i.service > /dev/null 2>&1 && echo late$i.service; done";
  const submitting = host.run(["sh", "-c", loop], { check: false });
  await migrate(`etcd=${etcd}`);
  await migrate("embedded");
  const accepted = (await submitting).stdout.trim().split("\n");
  assert.ok(accepted.length > 10, `${accepted.length} were accepted`);
  const { stdout } = await host.run(["fleetctl", "list-unit-files", "--no-legend", "--fields=unit"]);
  const there = new Set(stdout.trim().split("\n"));
  assert.deepEqual(
    accepted.filter((name) => !there.has(name)),
    [],
  );
  assert.deepEqual((await facts()).processes, processes);
});

test("a daemon that is killed at any point of a move continues with one of both stores, and the move can be repeated", async () => {
  const before = await facts();
  for (const ms of [100, 300, 500, 700, 900, 1_200, 1_600]) {
    const to = (await storeOf()).startsWith("etcd") ? "embedded" : `etcd=${etcd}`;
    const moving = host.run(["timeout", "30", "fleetctl", "store", "migrate", "--to", to], { check: false });
    await delay(ms);
    await host.run(["systemctl", "kill", "--signal=KILL", "fleet"]);
    await moving;
    await fleetdReady(host);
    assert.deepEqual(await facts(), before, `killed after ${ms} ms of the move to ${to}`);
  }
  const to = (await storeOf()).startsWith("etcd") ? "embedded" : `etcd=${etcd}`;
  await migrate(to);
  assert.deepEqual(await facts(), before);
});
