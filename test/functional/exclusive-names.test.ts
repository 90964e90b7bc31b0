import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";
import { activationsOf, beating } from "./activations.ts";
import { mainPid, startUnits } from "./running-units.ts";

/** Units whose names the host takes over; OURS still runs from the cluster's file at that time. */
const [OURS, THEIRS] = ["ours.service", "theirs.service"];

const EXCLUSIVE = `${beating()}[X-Fleet]\nExclusive=true\n`;

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: () => ({ agent_ttl: "15s", exclusive_stop_limit: "1s", mass_loss_share: 1 }),
  });
  await startUnits(cluster, cluster.host(1), { [OURS]: EXCLUSIVE, [THEIRS]: `${EXCLUSIVE}MachineOf=${OURS}\n` });
});
after(() => cluster.down());

test("a removed drop-in of the guard is written again while the unit keeps running", async () => {
  const home = await cluster.waitForActive(OURS);
  const pid = await mainPid(home, OURS);
  const hasDropIn = async (): Promise<boolean> =>
    (await home.show(OURS, "DropInPaths"))["DropInPaths"]?.includes("50-fleet-exclusive.conf") === true;
  assert.equal(await hasDropIn(), true);
  await home.run(["rm", "-r", `/run/systemd/system/${OURS}.d`]);
  await home.run(["systemctl", "daemon-reload"]);
  await waitFor("systemd to have the drop-in again", hasDropIn, { timeoutMs: 30_000 });
  assert.equal(await mainPid(home, OURS), pid);
  assert.match(await home.journal("fleet.service"), /the guard's files for a unit were changed by hand/);
});

test("the guard stops a unit that was started from the cluster's file, and never the host's own unit", async () => {
  const home = await cluster.waitForActive(OURS);
  assert.equal(await cluster.waitForActive(THEIRS), home);
  await home.signal("fleet.service", "SIGSTOP");
  const file = `printf '[Service]\\nExecStart=/bin/sleep 1d\\n' >/etc/systemd/system`;
  await home.run(["sh", "-c", `${file}/${OURS}; ${file}/${THEIRS}`]);
  // systemd runs the cluster's file until a daemon-reload makes it read the host's file.
  await home.run(["systemctl", "restart", OURS]);
  await home.run(["systemctl", "daemon-reload"]);
  await home.run(["systemctl", "restart", THEIRS]);
  await home.run(["systemctl", "daemon-reload"]);
  const pid = await mainPid(home, THEIRS);
  assert.match((await home.show(OURS, "FragmentPath"))["FragmentPath"] ?? "", /^\/etc\//);
  await cluster.waitForActive(OURS, { elsewhere: home, timeoutMs: 60_000 });
  assert.equal(await home.isActive(OURS), false);
  const runs = await activationsOf(cluster, OURS);
  const last = runs.at(-1) ?? assert.fail();
  for (const run of runs.slice(0, -1)) assert.ok(run.to < last.from, "the unit ran on both machines");
  await home.signal("fleet.service", "SIGCONT");
  await cluster.waitForMachines(2, undefined, { timeoutMs: 60_000 });
  const listed = async (): Promise<string> => (await home.run(["ls", "/run/fleet/exclusive/units"])).stdout;
  await waitFor("the guard's list to be empty", async () => (await listed()) === "", { timeoutMs: 30_000 });
  assert.equal(await mainPid(home, THEIRS), pid);
});
