import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { type Activation, activationsOf, beating } from "./activations.ts";
import { continueFleetd, fleetdReady, putFiles } from "./running-units.ts";

/**
 * How many times a unit's machine is cut off or its daemon fails, five units at a time. Set EXCLUSIVE_ROUNDS=50 for a
 * long run.
 */
const ROUNDS = Number(process.env["EXCLUSIVE_ROUNDS"] ?? 5);

/** An exclusive unit whose process ignores SIGTERM. */
const EXCLUSIVE = `${beating({ trap: "" })}[X-Fleet]\nExclusive=true\n`;

/** An exclusive unit whose processes systemd does not kill when it stops. */
const LINGERING = EXCLUSIVE.replace("[Service]", "[Service]\nKillMode=none");

/** Ways to cut off the unit's machine, each with the way back. */
const faults: readonly (readonly [what: string, begin: (host: Host) => Promise<void>, end: (host: Host) => Promise<void>])[] = [
  ["network cut", (host) => host.cutNetwork(), (host) => host.healNetwork()],
  ["fleetd stopped by SIGSTOP", (host) => host.signal("fleet.service", "SIGSTOP"), continueFleetd],
  ["nothing comes in", (host) => host.cutNetwork("in"), (host) => host.healNetwork()],
  ["nothing goes out", (host) => host.cutNetwork("out"), (host) => host.healNetwork()],
  ["network cut and fleetd killed", cutAndKill, (host) => host.healNetwork()],
]; // prettier-ignore

const UNITS = faults.map((_, index) => `only${index}.service`);

let cluster: Cluster;
before(async () => {
  // Units move at each round, so further rounds need as many other machines.
  const hosts = ROUNDS > faults.length ? 2 * faults.length : faults.length + 2;
  cluster = await Cluster.boot({
    hosts,
    // The test loses many machines at once to save time.
    config: () => ({ agent_ttl: "6s", exclusive_stop_limit: "1s", mass_loss_share: 1 }),
  });
  await putFiles(cluster.host(1), Object.fromEntries(UNITS.map((unit) => [unit, EXCLUSIVE])));
  await cluster.fleetctl(cluster.host(1), ["start", ...UNITS.map((unit) => `/tmp/units/${unit}`)]);
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

test("the guard works before a daemon has ever run", async () => {
  for (const host of cluster.hosts) {
    const { NRestarts, ActiveState } = await host.show("fleet-guard.service", "NRestarts", "ActiveState");
    assert.deepEqual([NRestarts, ActiveState], ["0", "active"], host.name);
  }
});

test(
  `an exclusive unit is never active twice while machines are cut off ${ROUNDS} times`,
  { timeout: ROUNDS * 20_000 + 60_000 },
  async () => {
    const seconds: number[] = [];
    while (seconds.length < ROUNDS) seconds.push(...(await cutOffAtOnce()));
    const { overlaps, leastGapMs } = compare(await Promise.all(UNITS.map((unit) => activationsOf(cluster, unit))));
    assert.deepEqual(overlaps, []);
    console.log(
      `${seconds.length} partitions: overlapping activations: 0; at least ${leastGapMs.toFixed(0)} ms between two; ` +
        `active elsewhere after ${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)} s`,
    );
  },
);

test(
  "a unit stops before it moves, because of metadata or because its machine leaves",
  { timeout: 120_000 },
  async () => {
    const homes = await Promise.all(UNITS.map((unit) => cluster.waitForActive(unit, { timeoutMs: 30_000 })));
    const [leaving] = homes;
    const index = homes.findIndex((home) => home !== leaving);
    const [moving, unit] = [homes[index], UNITS[index]];
    assert.ok(leaving && moving && unit);
    const leave = async (): Promise<void> => {
      await leaving.run(["systemctl", "stop", "fleet.service"], { timeoutMs: 100_000 });
      await cluster.waitForActive(UNITS[0] ?? "", { elsewhere: leaving, asked: moving, timeoutMs: 60_000 });
    };
    const move = async (): Promise<void> => {
      const target = cluster.hosts.find((host) => host !== leaving && host !== moving) ?? assert.fail();
      await cluster.fleetctl(moving, ["metadata", "set", await target.machineId(), "here=yes"]);
      await putFiles(moving, { [unit]: `${EXCLUSIVE}MachineMetadata=here=yes\n` });
      const begun = performance.now();
      await cluster.fleetctl(moving, ["start", "--replace", "--no-block", `/tmp/units/${unit}`]);
      await cluster.waitForActive(unit, { elsewhere: moving, asked: target, timeoutMs: 60_000 });
      const seconds = (performance.now() - begun) / 1000;
      console.log(`moved between two present machines in ${seconds.toFixed(1)} s, including 2 s of TimeoutStopSec=`);
    };
    await Promise.all([leave(), move()]);
    const { overlaps } = compare(await Promise.all(UNITS.map((each) => activationsOf(cluster, each))));
    assert.deepEqual(overlaps, []);
    await leaving.run(["systemctl", "start", "fleet.service"]);
    await fleetdReady(leaving);
  },
);

test("no process of an exclusive unit outlives its stop, whatever KillMode= says", { timeout: 150_000 }, async () => {
  const unit = "lingers.service";
  const [asked, first, second] = [cluster.host(1), cluster.host(2), cluster.host(3)];
  const startOn = async (host?: Host): Promise<void> => {
    const only = host ? `MachineID=${await host.machineId()}\n` : "";
    await putFiles(asked, { [unit]: LINGERING + only });
    await cluster.fleetctl(asked, ["start", "--replace", "--no-block", `/tmp/units/${unit}`]);
  };
  await startOn(first);
  await cluster.waitForActive(unit, { asked });
  await startOn(second);
  await cluster.waitForActive(unit, { elsewhere: first, asked, timeoutMs: 60_000 });
  await startOn();
  await waitFor("the unit to have moved", async () => (await activationsOf(cluster, unit)).length > 1);
  // First the daemon leaves cleanly, then fleet-leave acts for a dead daemon.
  await second.run(["systemctl", "stop", "fleet.service"], { timeoutMs: 100_000 });
  const third = await cluster.waitForActive(unit, { elsewhere: second, asked, timeoutMs: 60_000 });
  await third.signal("fleet.service", "SIGKILL");
  await third.run(["systemctl", "stop", "fleet.service"], { timeoutMs: 100_000 });
  const other = cluster.hosts.find((host) => host !== second && host !== third) ?? assert.fail();
  await cluster.waitForActive(unit, { elsewhere: third, asked: other, timeoutMs: 60_000 });
  const { leastGapMs } = compare([await activationsOf(cluster, unit)]);
  assert.ok(leastGapMs > 0, `the unit ran on two machines for ${-leastGapMs} ms`);
  for (const host of [second, third]) await host.run(["systemctl", "start", "fleet.service"]);
  await cluster.fleetctl(other, ["destroy", unit], { timeoutMs: 60_000 });
});

/** Applies each fault to another unit's machine. Resolves to the seconds until each unit was active elsewhere. */
async function cutOffAtOnce(): Promise<number[]> {
  const homes = await Promise.all(UNITS.map((unit) => cluster.waitForActive(unit, { timeoutMs: 30_000 })));
  assert.equal(new Set(homes).size, faults.length, "two units share a machine");
  for (const [index, unit] of UNITS.entries())
    await waitFor(
      "the unit's first beat",
      async () => (await activationsOf(cluster, unit)).at(-1)?.host === homes[index],
    );
  const asked = cluster.hosts.find((host) => !homes.includes(host)) ?? assert.fail();
  return Promise.all(
    faults.map(async ([what, begin, end], index) => {
      const [home, unit] = [homes[index] ?? assert.fail(), UNITS[index] ?? assert.fail()];
      await begin(home);
      const cut = performance.now();
      await cluster.waitForActive(unit, { elsewhere: home, asked, timeoutMs: 40_000 });
      const seconds = (performance.now() - cut) / 1000;
      assert.equal(await home.isActive(unit), false, what);
      await end(home);
      await fleetdReady(home, { timeoutMs: 40_000 });
      await waitFor(`the unit to stop on ${home.name}`, async () => !(await home.isActive(unit)));
      return seconds;
    }),
  );
}

async function cutAndKill(host: Host): Promise<void> {
  await host.cutNetwork();
  await host.signal("fleet.service", "SIGKILL");
}

/** Returns overlapping runs of each unit, and the shortest time between an end on one host and a start on another. */
function compare(units: readonly (readonly Activation[])[]): {
  readonly overlaps: readonly string[];
  readonly leastGapMs: number;
} {
  const pairs = units.flatMap((runs) =>
    runs.flatMap((one, index) => runs.slice(index + 1).map((other) => [one, other] as const)),
  );
  const overlaps = pairs.filter(([one, other]) => other.from <= one.to);
  const gaps = pairs.filter(([one, other]) => one.host !== other.host).map(([one, other]) => other.from - one.to);
  return {
    overlaps: overlaps.map(
      ([one, other]) => `${one.host.name} ran it until ${one.to}, ${other.host.name} from ${other.from}`,
    ),
    leastGapMs: Math.min(...gaps),
  };
}
