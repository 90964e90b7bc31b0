import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { fleetdReady, mainPid, processesOf, SLEEPER, startUnits } from "./running-units.ts";

const STORE = "/var/lib/fleet/store.db";
/** Holds the store, and is too small for a copy of it. */
const SMALL = "/srv/small";

const config = { store: "embedded", agent_ttl: "5s", metadata: "role=server" };
const ON_SERVER = `${SLEEPER}\n[X-Fleet]\nMachineMetadata=role=server\n`;
const ON_AGENT = `${SLEEPER}\n[X-Fleet]\nMachineMetadata=role=agent\n`;

let cluster: Cluster;
let server: Host;
let agent: Host;
/** Becomes the server in the end. */
let spare: Host;

before(async () => {
  cluster = await Cluster.boot({ hosts: 1, config: () => config });
  await cluster.addAgents({ hosts: 1, config: () => ({ agent_ttl: "5s", metadata: "role=agent" }) });
  await cluster.addHosts({ hosts: 1, config: () => config, autostart: false });
  [server, agent, spare] = [cluster.host(1), cluster.host(2), cluster.host(3)];
  await startUnits(cluster, server, { "a.service": ON_SERVER, "b.service": ON_SERVER, "c.service": ON_AGENT });
});
after(() => cluster.lab.down());

const backup = (path: string, check = true) => server.run(["fleetctl", "backup", "--store", path], { check });
const shell = (host: Host, script: string) => host.run(["sh", "-c", script]);

/** Units with large files, so that a copy takes a while. */
async function fill(host: Host, count: number): Promise<void> {
  const make =
    `mkdir -p /tmp/large; for i in $(seq ${count}); do ` +
    `{ printf '[Service]\\nExecStart=/bin/sleep %s\\n' $i; head -c 200000 /dev/zero | tr '\\0' x | fold -w 1000 | sed 's/^/# /'; } ` +
    `> /tmp/large/l$i.service; done; fleetctl submit /tmp/large/l*.service > /dev/null`;
  await shell(host, make);
}

test("a copy is made while units run, only root can read it, and killing either side leaves no file", async () => {
  await fill(server, 60);
  const pid = await mainPid(server, "a.service");
  await backup("/root/store.db");
  assert.equal((await server.run(["stat", "-c", "%a %U", "/root/store.db"])).stdout, "600 root\n");
  for (const ms of [0, 20, 50, 100, 200]) {
    const copying = backup("/root/killed.db", false);
    await delay(ms);
    await server.run(["systemctl", "kill", "--signal=KILL", "fleet"]);
    const { code } = await copying;
    await fleetdReady(server);
    const there = (await shell(server, "ls /root/killed.db* /var/lib/fleet/*.backup 2>/dev/null || true")).stdout;
    assert.equal(there, code === 0 ? "/root/killed.db\n" : "", `killed after ${ms} ms`);
    await shell(server, "rm -f /root/killed.db");
  }
  assert.equal(await mainPid(server, "a.service"), pid);
});

test("a full disk fails the backup with the reason, and the store goes on", async () => {
  const size = Number((await server.run(["stat", "-c", "%s", STORE])).stdout);
  await shell(server, `mkdir -p ${SMALL}; mount -t tmpfs -o size=${Math.ceil(size * 1.5)} tmpfs ${SMALL}`);
  await shell(server, `cp ${STORE}* ${SMALL}/ && echo 'store_path="${SMALL}/store.db"' >> /etc/fleet/fleet.conf`);
  await server.run(["systemctl", "reload", "fleet"]);
  await fleetdReady(server);
  const pid = await mainPid(server, "a.service");
  const { code, stderr } = await backup("/root/full.db", false);
  assert.equal(code, 1);
  assert.match(stderr, /cannot copy the store to \/srv\/small\/store\.db\.backup: .*(full|disk)/);
  assert.equal((await shell(server, `ls /root/full.db* ${SMALL}/*.backup 2>/dev/null || true`)).stdout, "");
  await server.run(["fleetctl", "destroy", "l1.service"]);
  // The target's disk is full, too.
  const other = await backup(`${SMALL}/copy.db`, false);
  assert.equal(other.code, 1);
  assert.equal(await mainPid(server, "a.service"), pid);
  await shell(server, "sed -i /store_path/d /etc/fleet/fleet.conf; systemctl reload fleet");
  await fleetdReady(server);
});

test("a torn file is refused; a whole one brings the cluster up on another machine, and no unit of an agent stops", async () => {
  await backup("/root/store.db");
  const bytes = Buffer.from((await shell(server, "base64 -w0 /root/store.db")).stdout, "base64");
  await spare.writeFile("/root/store.b64", bytes.toString("base64"));
  await shell(spare, "base64 -d /root/store.b64 > /root/store.db; head -c 1000000 /root/store.db > /root/torn.db");
  const torn = await spare.run(["fleetd", "--restore-store", "/root/torn.db"], { check: false });
  assert.notEqual(torn.code, 0);
  assert.match(torn.stderr, /torn\.db is damaged/);
  const { stdout } = await spare.run(["fleetd", "--restore-store", "/root/store.db"]);
  assert.match(stdout, new RegExp(`^restored \\d+ keys at revision \\d+ to ${STORE}\n$`));
  assert.equal((await spare.run(["stat", "-c", "%a", STORE])).stdout, "600\n");
  const onAgent = await processesOf([agent], ["c.service"]);
  // As docs/day-2.md says, both servers are named beforehand.
  const both = `servers=["${server.ip}:7333", "${spare.ip}:7333"]`;
  await shell(agent, `sed -i 's/^servers=.*/${both}/' /etc/fleet/fleet.conf; systemctl reload fleet`);
  await server.run(["systemctl", "stop", "fleet"]);
  await spare.run(["systemctl", "start", "fleet.socket", "fleet"]);
  await fleetdReady(spare);
  for (const unit of ["a.service", "b.service"])
    await waitFor(`${unit} to run on the new server`, () => spare.isActive(unit), { timeoutMs: 60_000 });
  assert.deepEqual(await processesOf([agent], ["c.service"]), onAgent);
  // The agent works for the new server.
  await cluster.fleetctl(spare, ["restart", "c.service"]);
  assert.notDeepEqual(await processesOf([agent], ["c.service"]), onAgent);
  const used = await spare.run(["fleetd", "--restore-store", "/root/store.db"], { check: false });
  assert.match(used.stderr, /in use by another process/);
});
