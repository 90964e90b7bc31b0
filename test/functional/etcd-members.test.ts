import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type EtcdMember, waitFor } from "../lab/index.ts";
import { type Conduct, repeated, watchConduct } from "./daemon-conduct.ts";
import { MachineRecords } from "./machine-records.ts";
import { processesOf, putFiles, SLEEPER, startUnits } from "./running-units.ts";

const UNITS = ["one", "two", "three"].map((name) => `${name}.service`);
const QUOTA_BYTES = 8 * 1024 * 1024;
const TOKEN_TTL_S = 1;

let cluster: Cluster;
let processes: Awaited<ReturnType<typeof processesOf>>;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: () => ({ agent_ttl: "4s", etcd_username: "fleet", etcd_password: "sail" }),
    etcd: {
      members: 3,
      args: [
        "--unsafe-no-fsync",
        "--bcrypt-cost=4",
        `--quota-backend-bytes=${QUOTA_BYTES}`,
        `--auth-token-ttl=${TOKEN_TTL_S}`,
      ],
    },
  });
  await startUnits(cluster, cluster.host(1), Object.fromEntries(UNITS.map((unit) => [unit, SLEEPER])));
  for (const unit of UNITS) await cluster.waitForActive(unit);
  await putFiles(cluster.host(1), { "probe.service": SLEEPER });
  processes = await processesOf(cluster.hosts, UNITS);
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

const faults: readonly (readonly [
  what: string,
  begin: (member: EtcdMember) => Promise<unknown>,
  end: (member: EtcdMember) => Promise<unknown>,
])[] = [
  ["killed", (member) => member.stop("SIGKILL"), () => cluster.etcd.start()],
  ["stopped by SIGSTOP", async (member) => member.freeze(), async (member) => member.thaw()],
  ["cut off from the hosts", (member) => member.cutOff(), (member) => member.reconnect()],
];

for (const [what, begin, end] of faults) {
  test(`when etcd's leader is ${what}, etcd fails over, and no unit, lease or daemon is affected`, async () => {
    const leader = await cluster.etcd.leader();
    const [other] = cluster.etcd.members.filter((member) => member !== leader);
    await using records = await MachineRecords.follow(other ?? assert.fail());
    const conduct = await watchConduct(cluster.hosts);
    await begin(leader);
    const seconds = await secondsToStart();
    await end(leader);
    await cluster.etcd.untilHealthy();
    await unharmed(`etcd's leader ${what}: a unit started right afterwards ran ${seconds.toFixed(1)} s later`, conduct);
    assert.deepEqual(records.absences, []);
  });
}

test("a rolling restart, compaction and defragmentation of etcd under load affect no unit", async () => {
  const { members } = cluster.etcd;
  const [first] = members;
  assert.ok(first);
  const conduct = await watchConduct(cluster.hosts);
  let writes = 0;
  const load = async (): Promise<void> => {
    const up = members.find(({ isRunning }) => isRunning) ?? first;
    await up.call("kv/put", { key: base64("load"), value: base64("x".repeat(10_000)) }).catch(() => {});
    writes++;
  };
  const longest: number[] = [];
  for (const member of members) {
    await member.stop();
    await cluster.etcd.start();
    await during(load, async () => {
      await compact(member);
      await member.call("maintenance/defragment", {});
      longest.push(await secondsToStart());
    });
  }
  await unharmed(
    `etcd restarted member by member, compacted and defragmented during ${writes} writes: a unit ran after ${Math.max(...longest).toFixed(1)} s at most`,
    conduct,
  );
});

test("while etcd is out of space, units keep running and writing requests say why they fail; work resumes when there is space", async () => {
  const [first] = cluster.etcd.members;
  assert.ok(first);
  const conduct = await watchConduct(cluster.hosts);
  await fill(first);
  const full = performance.now();
  const refused = await cluster.fleetctl(cluster.host(1), ["submit", "/tmp/units/probe.service"], { check: false });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /out of space/);
  await waitFor("more than the TTL to pass", () => performance.now() - full > 5_000);
  await first.call("kv/deleterange", { key: base64("fill"), range_end: base64("film") });
  await compact(first);
  for (const member of cluster.etcd.members) await member.call("maintenance/defragment", {});
  await disarm(first);
  const repaired = performance.now();
  await waitFor("etcd to accept writes", () => first.call("kv/put", { key: base64("load"), value: "" }));
  await secondsToStart();
  const seconds = (performance.now() - repaired) / 1000;
  await unharmed(`etcd out of space: a unit ran ${seconds.toFixed(1)} s after space was free again`, conduct);
});

test("daemons renew their etcd tokens, which expire after a second", async () => {
  const [first] = cluster.etcd.members;
  assert.ok(first);
  const conduct = await watchConduct(cluster.hosts);
  for (const [name, password] of [["root", "root"], ["fleet", "sail"]] as const) {
    await first.call("auth/user/add", { name, password });
    await first.call("auth/role/add", { name });
    await first.call("auth/user/grant", { user: name, role: name });
  } // prettier-ignore
  const perm = { permType: "READWRITE", key: base64("/_coreos.com/fleet/"), range_end: base64("/_coreos.com/fleet0") };
  await first.call("auth/role/grant", { name: "fleet", perm });
  await first.call("auth/enable", {});
  const begun = performance.now();
  let probes = 0;
  for (; performance.now() - begun < 6_000; probes++) {
    await secondsToStart();
  }
  await cluster.waitForMachines(2);
  await unharmed(`tokens that expire after ${TOKEN_TTL_S} s: ${probes} units started and destroyed in 6 s`, conduct);
});

/** Repeats the start of a unit until it succeeds. Resolves to the seconds until the unit runs. */
async function secondsToStart(): Promise<number> {
  const [host] = cluster.hosts;
  const begun = performance.now();
  const ask = (...words: readonly string[]): Promise<unknown> => cluster.fleetctl(host ?? assert.fail(), words);
  await waitFor("a unit to run", () => ask("start", "/tmp/units/probe.service"), { timeoutMs: 20_000 });
  const seconds = (performance.now() - begun) / 1000;
  await waitFor("the unit to be destroyed", () => ask("destroy", "probe.service"));
  return seconds;
}

/** Repeats one action while another one runs. */
async function during(again: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const repeating = (async () => {
    while (!over.signal.aborted) await again();
  })();
  try {
    await work();
  } finally {
    over.abort();
    await repeating;
  }
}

/** Asserts that no unit was lost or restarted, and that no daemon logged a message repeatedly. */
async function unharmed(figures: string, conduct: () => Promise<Conduct>): Promise<void> {
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
  const { complaints, mostComplaints, connectionsPerSecond } = await conduct();
  console.log(
    `${figures}; units lost or restarted: 0; of one daemon at most ${mostComplaints} warnings, ` +
      `${connectionsPerSecond.toFixed(1)} connections a second`,
  );
  for (const [host, lines] of complaints) assert.deepEqual(repeated(lines), [], host.name);
  assert.ok(connectionsPerSecond < 10, "too many new connections");
}

/** Writes until etcd is out of space. */
async function fill(member: EtcdMember): Promise<void> {
  const value = base64("x".repeat(QUOTA_BYTES / 16));
  await waitFor("etcd to be out of space", async () => {
    for (let number = 0; number < 32; number++) {
      const full = await member.call("kv/put", { key: base64(`fill${number}`), value }).then(
        () => false,
        (error: Error) => /space exceeded/.test(error.message),
      );
      if (full) return true;
    }
    return false;
  });
}

async function compact(member: EtcdMember): Promise<void> {
  const { header } = await member.call("kv/range", { key: base64("load") });
  await member.call("kv/compaction", { revision: (header as { revision: string }).revision, physical: true });
}

async function disarm(member: EtcdMember): Promise<void> {
  const { alarms } = await member.call("maintenance/alarm", { action: "GET" });
  for (const { memberID, alarm } of alarms as { memberID: string; alarm: string }[])
    await member.call("maintenance/alarm", { action: "DEACTIVATE", memberID, alarm });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
