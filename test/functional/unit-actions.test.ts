import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { mainPid, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
});
after(() => cluster.down());

interface Result {
  readonly machineID: string;
  readonly ok: boolean;
  readonly message: string;
}

async function act(asked: Host, unit: string, body: Readonly<Record<string, unknown>>): Promise<readonly Result[]> {
  const { status, json, text } = await apiRequest(asked, `/fleet/v2/units/${unit}/actions`, { method: "POST", body });
  assert.equal(status, 200, text);
  return (json as { readonly results: readonly Result[] }).results;
}

const pids = (unit: string): Promise<string[]> => Promise.all(cluster.hosts.map((host) => mainPid(host, unit)));

test("restart through any machine restarts one copy of a global unit or all copies", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await startUnits(cluster, first, { "all.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n` });
  await waitFor("both copies to run", async () => (await pids("all.service")).every((pid) => pid !== "0"));
  const before = await pids("all.service");
  const machineID = await second.machineId();
  const one = await act(first, "all.service", { action: "restart", machine: machineID.slice(0, 8) });
  assert.deepEqual(one, [{ machineID, ok: true, message: "" }]);
  const between = await pids("all.service");
  assert.equal(between[0], before[0], "the other copy was restarted");
  assert.notEqual(between[1], before[1]);
  assert.equal((await act(first, "all.service", { action: "restart" })).filter(({ ok }) => ok).length, 2);
  assert.ok((await pids("all.service")).every((pid, index) => pid !== between[index]));
  await cluster.fleetctl(first, ["destroy", "all.service"]);
});

test("kill takes a signal's name or number, and kill and reset-failed reach a peer's units", async () => {
  await startUnits(cluster, cluster.host(1), { "victim.service": SLEEPER });
  const home = await cluster.waitForActive("victim.service");
  const other = cluster.hosts.find((host) => host !== home) ?? assert.fail();
  const [killed] = await act(other, "victim.service", { action: "kill", signal: "SIGKILL", whom: "main" });
  assert.deepEqual([killed?.ok, killed?.message], [true, ""]);
  const active = async (): Promise<string | undefined> =>
    (await cluster.listUnits(other)).find(({ unit }) => unit === "victim.service")?.active;
  await waitFor("the failure to be reported", async () => (await active()) === "failed");
  await act(other, "victim.service", { action: "reset-failed" });
  await waitFor("the failure to be cleared", async () => (await active()) === "inactive");
  assert.equal((await act(other, "victim.service", { action: "restart" }))[0]?.ok, true);
  assert.equal((await act(home, "victim.service", { action: "kill", signal: 15 }))[0]?.ok, true);
  await waitFor("the unit to stop", async () => (await active()) === "inactive");
  await cluster.fleetctl(home, ["destroy", "victim.service"]);
});

test("reload runs ExecReload=, and passes on systemd's refusal if a unit has none", async () => {
  const host = cluster.host(1);
  const reloadable = `${SLEEPER}ExecReload=/bin/sh -c 'echo it was reloaded'\n`;
  await startUnits(cluster, host, { "reloads.service": reloadable, "rigid.service": SLEEPER });
  assert.equal((await act(host, "reloads.service", { action: "reload" }))[0]?.ok, true);
  const journal = await cluster.fleetctl(host, ["journal", "reloads.service"]);
  assert.match(journal.stdout, /it was reloaded/);
  const [refused] = await act(host, "rigid.service", { action: "reload" });
  assert.deepEqual(
    [refused?.ok, refused?.message],
    [false, "Job type reload is not applicable for unit rigid.service."],
  );
  await cluster.fleetctl(host, ["destroy", "reloads.service", "rigid.service"]);
});

test("the API waits for a restart that takes longer than any time limit of the connection", async () => {
  const again = "test -e /run/started && sleep 12; touch /run/started";
  const slow = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c '${again}'\n`;
  await startUnits(cluster, cluster.host(1), { "slow.service": slow });
  const home = await cluster.waitForActive("slow.service");
  const other = cluster.hosts.find((host) => host !== home) ?? assert.fail();
  assert.equal((await act(other, "slow.service", { action: "restart" }))[0]?.ok, true);
  await cluster.fleetctl(home, ["destroy", "slow.service"]);
});

test("actions on a host's own unit are refused, even if the cluster has a unit of that name", async () => {
  const host = cluster.host(1);
  const other = "[X-Fleet]\nMachineID=";
  await host.writeFile("/etc/systemd/system/own.service", SLEEPER);
  await host.run(["systemctl", "start", "own.service"]);
  const pid = await mainPid(host, "own.service");
  await apiRequest(host, "/fleet/v2/units/own.service", {
    method: "PUT",
    body: { file: `${SLEEPER}\n${other}${await host.machineId()}\n`, desiredState: "launched" },
  });
  await waitFor("the unit to be assigned", async () =>
    /host/.test((await apiRequest(host, "/fleet/v2/units/own.service")).text),
  );
  const [refused] = await act(host, "own.service", { action: "kill", signal: "KILL" });
  assert.deepEqual(
    [refused?.ok, refused?.message],
    [false, "unit own.service is not a unit of the cluster on this machine"],
  );
  assert.equal(await mainPid(host, "own.service"), pid);
  await cluster.fleetctl(host, ["destroy", "own.service"]);
});
