import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { type Activation, activationsOf, beating } from "./activations.ts";
import { MachineRecords } from "./machine-records.ts";
import { continueFleetd, fleetdReady, leaderOf, processesOf, putFiles, startUnits } from "./running-units.ts";

const TTL_MS = 3_000;
/** The promised time until a lost machine's units are active elsewhere. */
const LIMIT_MS = TTL_MS + 5_000;

const UNITS = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `u${number}.service`);

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 8,
    // The test loses many machines at once to save time. Only two other machines can lead.
    config: ({ name }) => ({
      agent_ttl: `${TTL_MS / 1000}s`,
      mass_loss_share: 1,
      disable_engine: !["h7", "h8"].includes(name),
      metadata: ["h1", "h2"].includes(name) ? "disk=small" : "",
    }),
  });
  await putFiles(cluster.host(1), Object.fromEntries(UNITS.map((unit) => [unit, beating()])));
  await cluster.fleetctl(cluster.host(1), ["start", ...UNITS.map((unit) => `/tmp/units/${unit}`)]);
});
after(() => cluster.down());

const faults: readonly (readonly [what: string, begin: (host: Host) => Promise<void>, end: (host: Host) => Promise<unknown>])[] = [
  ["power cut", (host) => host.powerCut(), (host) => host.repair()],
  ["network cut both ways", (host) => host.cutNetwork(), (host) => host.repair()],
  ["nothing comes in", (host) => host.cutNetwork("in"), (host) => host.repair()],
  ["nothing goes out", (host) => host.cutNetwork("out"), (host) => host.repair()],
  ["host frozen, systemd and all", (host) => host.freeze(), (host) => host.repair()],
  ["fleetd stopped by SIGSTOP", (host) => host.signal("fleet.service", "SIGSTOP"), continueFleetd],
]; // prettier-ignore

/** Faults that stop the old copy at once. After the other faults it runs until the agent stops it. */
const STANDS_STILL = ["power cut", "host frozen, systemd and all"];

test("units of machines that die, hang or are cut off run elsewhere in time, and stale copies stop when the machines return", async () => {
  await cluster.repair();
  const victims = await Promise.all(
    faults.map(async ([what, begin, end], index) => {
      const host = cluster.host(index + 1);
      return { what, begin, end, host, unit: await unitOn(host) };
    }),
  );
  const cuts = await Promise.all(
    victims.map(async ({ begin, host }) => {
      const at = Date.now();
      await begin(host);
      return at;
    }),
  );
  await Promise.all(
    victims.map(({ unit, host }) =>
      cluster.waitForActive(unit, { elsewhere: host, asked: cluster.host(8), timeoutMs: 20_000 }),
    ),
  );
  const repaired = Date.now();
  await Promise.all(victims.map(({ host, end }) => end(host)));
  await waitFor(
    "stale copies to stop",
    async () => (await Promise.all(victims.map(({ unit, host }) => host.isActive(unit)))).every((active) => !active),
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  await cluster.waitForMachines(8);
  for (const [index, { what, unit, host }] of victims.entries()) {
    const [first, second, ...more] = await activationsOf(cluster, unit);
    assert.ok(first && second, what);
    assert.deepEqual(more.map(brief), [], `${what}: the unit moved again`);
    assert.equal(first.host, host);
    const tookMs = second.from - (cuts[index] ?? 0);
    const stale = first.to < repaired ? "" : `; the stale copy ended ${seconds(first.to - repaired)} after the return`;
    console.log(`${what}: active elsewhere after ${seconds(tookMs)}; activations: 2${stale}`);
    assert.ok(tookMs <= LIMIT_MS, what);
    if (!STANDS_STILL.includes(what))
      assert.ok(first.to > second.from, `${what}: the old copy stopped before the new one ran`);
  }
});

test("when the leader's machine is cut off, the next leader moves its units in time", async () => {
  await cluster.repair();
  const host = await leaderOf(cluster);
  const units = await unitsOn(host);
  const cut = Date.now();
  await host.cutNetwork();
  const asked = cluster.host(1);
  for (const unit of units) await cluster.waitForActive(unit, { elsewhere: host, asked, timeoutMs: 20_000 });
  await host.repair();
  await waitFor("stale copies to stop", async () => (await unitsOn(host)).every((unit) => !units.includes(unit)), {
    timeoutMs: 30_000,
  });
  await cluster.waitForMachines(8, asked);
  const took = await Promise.all(
    units.map(async (unit) => (await activationsOf(cluster, unit)).filter(({ from }) => from > cut)),
  );
  for (const runs of took) assert.equal(runs.length, 1, "nothing flaps");
  const longest = Math.max(...took.flat().map(({ from }) => from - cut));
  console.log(`the leader's machine cut off: ${units.length} units active elsewhere after ${seconds(longest)}`);
  assert.ok(longest <= LIMIT_MS);
});

describe("machines that are present but cannot work", { concurrency: true }, () => {
  before(() => cluster.repair());

  test("with a full disk, units keep running even when fleetd restarts, and a unit that cannot be written runs elsewhere", async () => {
    const [full, other] = [cluster.host(1), cluster.host(2)];
    // A restart may take long on a slow machine, and the lease must not expire meanwhile.
    const config = await full.readFile("/etc/fleet/fleet.conf");
    await full.writeFile("/etc/fleet/fleet.conf", config.replace(/agent_ttl=.*/, 'agent_ttl="60s"'));
    const { length } = await full.journal("fleet.service");
    await full.run(["systemctl", "reload", "fleet.service"]);
    await waitFor("the longer lease to be in use", async () =>
      /has a new lease[^]*is in the cluster/.test((await full.journal("fleet.service")).slice(length)),
    );
    const on = async (host: Host, unit: string): Promise<[name: string, text: string]> => [
      unit,
      `${beating()}[X-Fleet]\nMachineID=${await host.machineId()}\n`,
    ];
    // The fillers make the other machine fuller, so that the next unit goes to the full disk.
    const fillers = await Promise.all(UNITS.map((unit) => on(other, `filler-${unit}`)));
    await startUnits(cluster, other, Object.fromEntries([await on(full, "stays.service"), ...fillers]));
    const before = await processesOf([full], ["stays.service"]);
    await using records = await MachineRecords.follow(cluster.etcd.members[0] ?? assert.fail());
    await full.run(["sh", "-c", FILL_DISK]);
    await putFiles(other, { "new.service": `${beating()}[X-Fleet]\nMachineMetadata=disk=small\n` });
    await cluster.fleetctl(other, ["start", "--no-block", "/tmp/units/new.service"]);
    const begun = performance.now();
    await cluster.waitForActive("new.service", { elsewhere: full });
    const took = performance.now() - begun;
    assert.match((await cluster.fleetctl(other, ["status", "new.service"])).stdout, /no space left/);
    await full.run(["systemctl", "restart", "fleet.service"]);
    await fleetdReady(full);
    assert.deepEqual(await processesOf([full], ["stays.service"]), before);
    const id = await full.machineId();
    assert.deepEqual(
      records.absences.filter(({ machineID }) => machineID === id),
      [],
    );
    await full.run(["rm", "/run/zero", "/var/lib/fleet/zero"]);
    console.log(
      `disk full: the unit that could not be installed ran elsewhere after ${seconds(took)}; units lost or restarted: 0`,
    );
  });

  test("units of a frozen systemd run elsewhere in time, and stale copies stop when systemd answers again", async () => {
    const { host, unit } = await someUnit(cluster.hosts.slice(2, 6));
    const before = (await activationsOf(cluster, unit)).length;
    const begun = Date.now();
    host.freezeSystemd();
    const next = await cluster.waitForActive(unit, { elsewhere: host, asked: cluster.host(8) });
    host.thawSystemd();
    await waitFor("the stale copy to stop", async () => !(await host.isActive(unit)), { timeoutMs: 30_000 });
    const [stale, moved, ...more] = (await activationsOf(cluster, unit)).slice(before - 1);
    assert.ok(stale && moved);
    assert.deepEqual([stale.host, moved.host, more.map(brief)], [host, next, []], "nothing flaps");
    console.log(`systemd frozen: active elsewhere after ${seconds(moved.from - begun)}; activations: 2`);
    assert.ok(moved.from - begun <= LIMIT_MS && stale.to > moved.from);
  });
});

/** Fills /run and the directory with the daemon's state. */
const FILL_DISK = `
  cp -a /var/lib/fleet /root/kept
  mount -t tmpfs -o size=64k tmpfs /var/lib/fleet
  cp -a /root/kept/. /var/lib/fleet
  mount -o remount,size=$(($(df --output=used /run | tail -1) + 32))k /run
  for full in /run /var/lib/fleet; do cat /dev/zero >$full/zero; done 2>/dev/null
  ! echo text >/run/text`;

async function someUnit(hosts: readonly Host[]): Promise<{ readonly host: Host; readonly unit: string }> {
  for (const host of hosts) {
    const [unit] = await unitsOn(host);
    if (unit !== undefined) return { host, unit };
  }
  throw new Error("none of these hosts runs a unit");
}

/** Returns the units that run on a host, even if the host is outside the cluster. */
async function unitsOn(host: Host): Promise<string[]> {
  const active = await Promise.all(UNITS.map((unit) => host.isActive(unit)));
  return UNITS.filter((_, index) => active[index]);
}

async function unitOn(host: Host): Promise<string> {
  const [unit] = await waitFor("each machine to have its own unit", async () => {
    const units = await unitsOn(host);
    return units.length === 1 && units;
  });
  return unit ?? assert.fail();
}

function brief({ host, from, to }: Activation): string {
  return `${host.name} ${from} to ${to}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
