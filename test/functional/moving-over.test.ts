import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CommandResult, Cluster, createJoinToken, type Host, waitFor } from "../lab/index.ts";
import type { RecordedCluster } from "./earlier-version/recorded.ts";
import { beatAsEarlierDaemons, restoreEarlierCluster } from "./earlier-version/restore.ts";
import { fleetdReady, processesOf, SLEEPER, startsCounted, startUnits } from "./running-units.ts";

/** Ends when every daemon is replaced. */
const earlierDaemons = new AbortController();

/** Three hosts, as daemons of the version before servers and agents have left them (earlier-version/README.md). */
let cluster: Cluster;
let recorded: RecordedCluster;
let server: Host;
let second: Host;
let third: Host;
let units: readonly string[];
let processes: Awaited<ReturnType<typeof processesOf>>;

before(async () => {
  cluster = await Cluster.boot({
    hosts: 3,
    autostart: false,
    config: () => ({ etcd_password: "", metadata: "kept=yes" }),
  });
  [server, second, third] = [cluster.host(1), cluster.host(2), cluster.host(3)];
  recorded = await restoreEarlierCluster(cluster);
  beatAsEarlierDaemons(cluster, recorded, earlierDaemons.signal);
  units = [...new Set(Object.values(recorded.hosts).flatMap(({ active }) => active))];
  processes = await processesOf(cluster.hosts, units);
  assert.equal(
    Object.values(processes).flat().length,
    Object.values(recorded.hosts).flatMap(({ active }) => active).length,
  );
});
after(() => {
  earlierDaemons.abort();
  return cluster?.down();
});

/** Returns the assignments with their create revisions, by which an agent knows them. */
async function assignments(): Promise<Readonly<Record<string, number>>> {
  const [member] = cluster.etcd.members;
  const prefix = "/_coreos.com/fleet/assignment";
  const [key, range_end] = [`${prefix}/`, `${prefix}0`].map((text) => Buffer.from(text).toString("base64"));
  const { kvs = [] } = ((await member?.call("kv/range", { key, range_end })) ?? {}) as {
    kvs?: readonly { readonly key: string; readonly create_revision: string }[];
  };
  return Object.fromEntries(
    kvs.map((each) => [Buffer.from(each.key, "base64").toString(), Number(each.create_revision)]),
  );
}

/** Nothing was stopped, started again, moved or doubled since the earlier version ran. */
async function nothingHappened(): Promise<void> {
  assert.deepEqual(await processesOf(cluster.hosts, units), processes);
  const given = recorded.keys.filter(({ key }) => key.includes("/assignment/"));
  assert.deepEqual(
    await assignments(),
    Object.fromEntries(given.map(({ key, createRevision }) => [key, createRevision])),
  );
  // A oneshot that had finished.
  for (const host of cluster.hosts) assert.equal(await startsCounted(host, "/root/once"), 0);
}

/** The authority that a host's daemon knows, PEM. */
async function authority(host = server): Promise<string> {
  return (JSON.parse(await host.readFile("/run/fleet/identity")) as { readonly ca: string }).ca;
}

/** Waits until all units are listed on their machines by a server. */
async function untilListed(): Promise<void> {
  await cluster.waitForMachines(3, server, { timeoutMs: 60_000 });
  await cluster.waitForUnits(
    "all units to be active where they were",
    (rows) => rows.filter(({ active }) => active === "active").length === Object.values(processes).flat().length,
    { asked: server, timeoutMs: 60_000 },
  );
}

const join = (host: Host, to: Host, token: string): Promise<CommandResult> =>
  host.run(["fleetctl", "join", to.ip, "--token", token, "--yes"], { check: false });

/** An agent holds its own key and certificate, and nothing that leads to the store or acts as a server. */
async function isAgent(host: Host): Promise<void> {
  const conf = await host.readFile("/etc/fleet/fleet.conf");
  assert.doesNotMatch(conf, /etcd/);
  assert.match(conf, new RegExp(`metadata="kept=yes"[^]*servers=\\["${server.ip}:7333"\\]`));
  const keys = await host.run(["grep", "-rlE", "PRIVATE KEY", "/var/lib/fleet", "/run/fleet"]);
  assert.equal(keys.stdout, "/var/lib/fleet/identity\n");
  const pid = (await host.show("fleet.service", "MainPID"))["MainPID"];
  const sockets = await host.run(["ss", "--tcp", "--processes", "--no-header", "--numeric"]);
  const own = sockets.stdout.split("\n").filter((line) => line.includes(`pid=${pid},`));
  assert.ok(own.length > 0);
  assert.ok(!own.some((line) => line.includes(":2379")), sockets.stdout);
}

test("daemons that start after the upgrade take the cluster over as it is", async () => {
  for (const host of cluster.hosts) {
    await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
    await fleetdReady(host);
    assert.deepEqual(await processesOf(cluster.hosts, units), processes);
  }
  earlierDaemons.abort();
  await untilListed();
  await nothingHappened();
});

test("a new authority replaces the one whose key every earlier daemon could read", async () => {
  const former = await authority();
  await server.run(["fleetctl", "cluster", "rotate-ca"]);
  for (const host of cluster.hosts)
    await waitFor("the server to forget the former authority", async () => {
      const trusted = await authority(host);
      return trusted !== former && trusted.match(/BEGIN/g)?.length === 1;
    });
  await untilListed();
  await nothingHappened();
  const [elsewhere = ""] = recorded.hosts[third.name]?.active ?? [];
  assert.match((await cluster.fleetctl(server, ["journal", elsewhere])).stdout, /began to sleep/);
});

test("a server becomes an agent while its units run", async () => {
  const { stdout, stderr, code } = await join(second, server, await createJoinToken(server, 1));
  assert.equal(code, 0, stderr);
  assert.match(stdout, /is an agent now/);
  await isAgent(second);
  await untilListed();
  await nothingHappened();
});

test("a server whose agent cannot start works on as before, and then the same command works", async () => {
  const token = await createJoinToken(server, 1);
  const dropIn = "/run/systemd/system/fleet.service.d/store.conf";
  await third.writeFile(dropIn, `[Service]\nEnvironment=FLEET_ETCD_SERVERS=${cluster.etcd.endpoint}\n`);
  await third.run(["systemctl", "daemon-reload"]);
  const failed = await join(third, server, token);
  assert.match(failed.stderr, /the host is as it was before[^]*cannot use etcd_servers= together with servers=/);
  await fleetdReady(third);
  assert.match(await third.readFile("/etc/fleet/fleet.conf"), /^etcd_servers=/);
  await untilListed();
  await nothingHappened();

  await third.run(["rm", dropIn]);
  await third.run(["systemctl", "daemon-reload"]);
  const { stderr, code } = await join(third, server, token);
  assert.equal(code, 0, stderr);
  await isAgent(third);
  await untilListed();
  await nothingHappened();
});

test("the server that is left stays a server, and starts units on the agents", async () => {
  const { stderr } = await join(server, server, await createJoinToken(server, 1));
  assert.match(stderr, /this host is the server that was asked.*only server cannot become an agent/);
  await fleetdReady(server);
  const file = `${SLEEPER}\n[X-Fleet]\nMachineID=${await third.machineId()}\n`;
  await startUnits(cluster, server, { "later.service": file });
  assert.equal(await third.isActive("later.service"), true);
  await cluster.fleetctl(server, ["destroy", "later.service"]);
  await nothingHappened();
});

test("an agent goes back to being a server with its former configuration", async () => {
  await third.run(["mv", "/etc/fleet/fleet.conf.server", "/etc/fleet/fleet.conf"]);
  await third.run(["systemctl", "restart", "fleet.service"]);
  await waitFor("the daemon to be a server", async () => (await cluster.listUnits(third)).length > 3);
  await untilListed();
  await nothingHappened();
  // The membership has ended its use: a further token makes the host an agent again.
  const { stderr, code } = await join(third, server, await createJoinToken(server, 1));
  assert.equal(code, 0, stderr);
  await isAgent(third);
  await untilListed();
  await nothingHappened();
});
