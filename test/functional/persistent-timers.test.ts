import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles } from "./running-units.ts";

const JOB = "job.service";
const TIMER = "job.timer";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "9s", mass_loss_share: 1 }) });
});
after(() => cluster?.down());

async function runs(asked: Host): Promise<readonly { readonly machineID: string; readonly endedAt?: string }[]> {
  const { stdout } = await cluster.fleetctl(asked, ["runs", JOB, "--output", "json"]);
  return JSON.parse(stdout) as { machineID: string; endedAt?: string }[];
}

/** A moment for OnCalendar=; the hosts have the clock of this machine. */
function onCalendar(inSeconds: number): { readonly text: string; readonly at: number } {
  const at = Math.ceil(Date.now() / 1_000) * 1_000 + inSeconds * 1_000;
  return { text: `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`, at };
}

async function startTimer(asked: Host, calendar: string): Promise<Host> {
  await putFiles(asked, {
    [JOB]: "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    [TIMER]: `[Timer]\nOnCalendar=${calendar}\nPersistent=true\nAccuracySec=100ms\n`,
  });
  await cluster.fleetctl(asked, ["start", `/tmp/units/${TIMER}`]);
  return cluster.waitForActive(TIMER, { asked });
}

const stamp = async (host: Host): Promise<number> =>
  Number((await host.run(["stat", "-c", "%Y", `/var/lib/systemd/timers/stamp-${TIMER}`])).stdout);

async function startedAt(host: Host): Promise<number> {
  const { ActiveEnterTimestamp = "" } = await host.show(TIMER, "ActiveEnterTimestamp");
  return Number((await host.run(["date", "-d", ActiveEnterTimestamp, "+%s"])).stdout);
}

/** A host that is on, and is not this one. */
const anotherThan = (host: Host): Host => cluster.hosts.find((each) => each !== host && each.isOn) ?? assert.fail();

test("a run that is due while the timer's machine is dead is made up for once, and not again at the next move", async () => {
  const { text, at } = onCalendar(7);
  const first = await startTimer(cluster.host(1), text);
  const asked = anotherThan(first);
  await first.powerCut();
  assert.ok(Date.now() < at, "the machine died before the run was due");
  const next = await cluster.waitForActive(TIMER, { elsewhere: first, asked, timeoutMs: 30_000 });
  await waitFor("the run that was missed", async () => (await runs(asked))[0]?.endedAt !== undefined, {
    timeoutMs: 30_000,
  });
  assert.ok((await startedAt(next)) >= at / 1_000, "the timer came to its new machine after the run was due");
  const made = await runs(asked);
  assert.deepEqual(
    made.map(({ machineID }) => machineID),
    [await next.machineId()],
  );
  await waitFor("systemd's note of the run", async () => (await stamp(next)) >= Math.floor(at / 1_000));

  await first.powerOn();
  await cluster.waitForMachines(3, asked, { timeoutMs: 40_000 });
  const witness = anotherThan(next);
  await next.run(["systemctl", "stop", "fleet"]);
  const last = await cluster.waitForActive(TIMER, { elsewhere: next, asked: witness, timeoutMs: 30_000 });
  // systemd starts a missed run together with its timer, so a run that it repeats has begun by now.
  await waitFor("the stamp to have come along", async () => (await stamp(last)) >= Math.floor(at / 1_000));
  assert.equal((await runs(witness)).length, 1);
});
