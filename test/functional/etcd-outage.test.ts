import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Etcd, waitFor } from "../lab/index.ts";
import { repeated, watchConduct } from "./daemon-conduct.ts";
import { processesOf, SLEEPER, startUnits } from "./running-units.ts";

const TTL_MS = 3_000;

/** The length of the outage. Set OUTAGE_SECONDS=60 for a long run. */
const OUTAGE_MS = Number(process.env["OUTAGE_SECONDS"] ?? (1.5 * TTL_MS) / 1000) * 1000;

/** fleet's message, for which scripts search the journal. */
const MONITOR = "Server monitor triggered: Monitor timed out before successful heartbeat";

const UNITS = ["one", "two", "three", "four"].map((name) => `${name}.service`);

let cluster: Cluster;
let processes: Awaited<ReturnType<typeof processesOf>>;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 3,
    config: () => ({ agent_ttl: `${TTL_MS / 1000}s` }),
    etcd: { members: 3, args: ["--unsafe-no-fsync"] },
  });
  await startUnits(cluster, cluster.host(1), Object.fromEntries(UNITS.map((unit) => [unit, SLEEPER])));
  for (const unit of UNITS) await cluster.waitForActive(unit);
  processes = await processesOf(cluster.hosts, UNITS);
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

const outages: readonly (readonly [
  what: string,
  begin: (etcd: Etcd) => Promise<unknown>,
  end: (etcd: Etcd) => Promise<unknown>,
])[] = [
  ["two of three members killed", loseQuorum, (etcd) => etcd.start()],
  ["all members stopped by SIGSTOP", async (etcd) => etcd.freeze(), async (etcd) => etcd.thaw()],
  [
    "all members cut off from the hosts",
    (etcd) => Promise.all(etcd.members.map((member) => member.cutOff())),
    (etcd) => Promise.all(etcd.members.map((member) => member.reconnect())),
  ],
];

for (const [what, begin, end] of outages) {
  test(`${what} for longer than the TTL: units keep running, and daemons log the outage once and recover`, async () => {
    const conduct = await watchConduct(cluster.hosts);
    await begin(cluster.etcd);
    const begun = performance.now();
    await waitFor("the end of the outage", () => performance.now() - begun > OUTAGE_MS, { timeoutMs: 2 * OUTAGE_MS });
    const during = await conduct();
    await end(cluster.etcd);
    const ended = performance.now();
    await cluster.etcd.untilHealthy();
    await cluster.waitForRecovery();
    for (const unit of UNITS) await cluster.waitForActive(unit);
    const recovered = (performance.now() - ended) / 1000;
    assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
    const { complaints, mostComplaints } = await conduct();
    console.log(
      `${what}, ${during.seconds.toFixed(1)} s: units lost or restarted: 0; recovered ${recovered.toFixed(1)} s later; ` +
        `at most ${mostComplaints} warnings of one daemon, ${during.connectionsPerSecond.toFixed(1)} connections a second`,
    );
    for (const [host, lines] of complaints) {
      assert.equal(lines.filter((line) => line.includes(MONITOR)).length, 1, `${host.name} logs it once`);
      assert.deepEqual(repeated(lines), [], host.name);
    }
    assert.ok(during.connectionsPerSecond < 10, "too many new connections");
  });
}

test("every unit is where it was when the grace period after an outage ends", async () => {
  const member = await cluster.etcd.leader();
  const key = Buffer.from("/_coreos.com/fleet/engine/roll").toString("base64");
  const roll = async (): Promise<string> => {
    const { kvs = [] } = (await member.call("kv/range", { key })) as { kvs?: readonly { readonly value: string }[] };
    return Buffer.from(kvs[0]?.value ?? "", "base64").toString();
  };
  await waitFor("the leader to count silence again", async () => !(await roll()).includes('"settling":true'), {
    timeoutMs: 30_000,
  });
  for (const unit of UNITS) await cluster.waitForActive(unit);
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
});

async function loseQuorum(etcd: Etcd): Promise<void> {
  await Promise.all(etcd.members.slice(1).map((member) => member.stop("SIGKILL")));
}
