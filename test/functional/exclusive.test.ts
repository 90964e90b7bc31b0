import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles } from "./running-units.ts";

/** How many times the unit's machine is cut off or its daemon fails. EXCLUSIVE_ROUNDS=50 for a long run. */
const ROUNDS = Number(process.env["EXCLUSIVE_ROUNDS"] ?? 5);

/** Notes, with the kernel's clock that all hosts share, that it runs; it takes no notice of a request to end. */
const BEATS =
  '[Service]\nTimeoutStopSec=2\nExecStart=/bin/sh -c \'trap "" TERM; ' +
  'while :; do echo "$$INVOCATION_ID $$(date +%%s%%N)" >>/root/beats; sleep 0.02; done\'\n[X-Fleet]\nExclusive=true\n';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "6s", exclusive_stop_limit: "1s" }) });
  await putFiles(cluster.host(1), { "only.service": BEATS });
  await cluster.fleetctl(cluster.host(1), ["start", "/tmp/units/only.service"]);
});
after(() => cluster.down());

/** Each cuts the unit's machine off in its way, and undoes that. */
const faults: readonly (readonly [what: string, begin: (host: Host) => Promise<void>, end: (host: Host) => Promise<void>])[] = [
  ["network cut", (host) => host.cutNetwork(), (host) => host.healNetwork()],
  ["fleetd stopped by SIGSTOP", (host) => host.signal("fleet.service", "SIGSTOP"), (host) => host.signal("fleet.service", "SIGCONT")],
  ["nothing comes in", (host) => host.cutNetwork("in"), (host) => host.healNetwork()],
  ["nothing goes out", (host) => host.cutNetwork("out"), (host) => host.healNetwork()],
  ["network cut and fleetd killed", cutAndKill, (host) => host.healNetwork()],
]; // prettier-ignore

test(
  `an exclusive unit is never active twice: ${ROUNDS} times its machine is cut off`,
  { timeout: ROUNDS * 90_000 + 60_000 },
  async () => {
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [what, begin, end] = faults[round % faults.length] ?? assert.fail();
      const home = await cluster.waitForActive("only.service", { timeoutMs: 30_000 });
      await waitFor("the first beat", () => hasBeats(home));
      await begin(home);
      const cut = performance.now();
      const next = await cluster.waitForActive("only.service", { elsewhere: home, timeoutMs: 40_000 });
      seconds.push((performance.now() - cut) / 1000);
      assert.equal(await home.isActive("only.service"), false, what);
      await end(home);
      await cluster.waitForMachines(3, next, { timeoutMs: 40_000 });
      await waitFor(`the unit to be gone from ${home.name}`, async () => !(await home.isActive("only.service")));
    }
    const { overlaps, leastGapMs } = compare(await activations());
    assert.deepEqual(overlaps, []);
    const sorted = seconds.toSorted((a, b) => a - b);
    console.log(
      `${ROUNDS} rounds, no overlap, at least ${leastGapMs} ms between two; active elsewhere after ${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)} s`,
    );
  },
);

test("a move stops first: by metadata, and when the machine leaves", { timeout: 120_000 }, async () => {
  const home = await cluster.waitForActive("only.service", { timeoutMs: 30_000 });
  await home.run(["systemctl", "stop", "fleet.service"], { timeoutMs: 100_000 });
  const next = await cluster.waitForActive("only.service", { elsewhere: home, timeoutMs: 60_000 });
  await home.run(["systemctl", "start", "fleet.service"]);
  await cluster.waitForMachines(3, next, { timeoutMs: 40_000 });
  const id = await home.machineId();
  await cluster.fleetctl(next, ["metadata", "set", id, "here=yes"]);
  await putFiles(next, { "only.service": `${BEATS}MachineMetadata=here=yes\n` });
  const begun = performance.now();
  await cluster.fleetctl(next, ["start", "--replace", "--no-block", "/tmp/units/only.service"]);
  await cluster.waitForActive("only.service", { elsewhere: next, timeoutMs: 60_000 });
  console.log(
    `moved while both were there in ${((performance.now() - begun) / 1000).toFixed(1)} s, of which 2 are TimeoutStopSec=`,
  );
  assert.deepEqual(compare(await activations()).overlaps, []);
});

async function cutAndKill(host: Host): Promise<void> {
  await host.cutNetwork();
  await host.signal("fleet.service", "SIGKILL");
}

async function hasBeats(host: Host): Promise<boolean> {
  return (await host.run(["sh", "-c", "cat /root/beats 2>/dev/null | wc -l"])).stdout.trim() !== "0";
}

interface Activation {
  readonly host: string;
  readonly from: bigint;
  to: bigint;
}

/** Of all hosts, in the order of their beginnings; times in nanoseconds. */
async function activations(): Promise<Activation[]> {
  const found: Activation[] = [];
  for (const host of cluster.hosts) {
    const { stdout } = await host.run(["sh", "-c", "cat /root/beats 2>/dev/null || true"]);
    const byInvocation = new Map<string, Activation>();
    for (const line of stdout.split("\n").filter(Boolean)) {
      const [invocation = "", time = "0"] = line.split(" ");
      const known = byInvocation.get(invocation);
      if (known) known.to = BigInt(time);
      else byInvocation.set(invocation, { host: host.name, from: BigInt(time), to: BigInt(time) });
    }
    found.push(...byInvocation.values());
  }
  return found.sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Every pair that was active at one time, and the least time from an end on one host to a beginning on another. */
function compare(all: readonly Activation[]): { readonly overlaps: readonly string[]; readonly leastGapMs: number } {
  const overlaps: string[] = [];
  let leastGapMs = Number.POSITIVE_INFINITY;
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (other.from <= one.to) overlaps.push(`${one.host} ran until ${one.to}, ${other.host} from ${other.from}`);
      else if (other.host !== one.host) leastGapMs = Math.min(leastGapMs, Number((other.from - one.to) / 1_000_000n));
    }
  }
  return { overlaps, leastGapMs };
}
