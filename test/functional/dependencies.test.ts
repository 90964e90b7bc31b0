import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { mainPid, putFiles } from "./running-units.ts";

let cluster: Cluster;
let first: Host;
let second: Host;
let ids: readonly string[];

before(async () => {
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "3s", mass_loss_share: 1 }) });
  [first, second] = [cluster.host(1), cluster.host(2)];
  ids = await Promise.all(cluster.hosts.map((host) => host.machineId()));
});
after(() => cluster.down());

beforeEach(async () => {
  await cluster.fleetctl(first, ["destroy", "a.service", "b.service", "c.service"], { check: false });
});

/** The file of a unit that runs on one host. */
function on(host: Host, unit: readonly string[], service: readonly string[] = ["ExecStart=/bin/sleep 100000"]): string {
  const id = ids[cluster.hosts.indexOf(host)];
  return ["[Unit]", ...unit, "[Service]", ...service, "[X-Fleet]", `MachineID=${id}`, ""].join("\n");
}

async function start(files: Readonly<Record<string, string>>, ...units: readonly string[]): Promise<string> {
  await putFiles(first, files);
  const paths = units.map((name) => `/tmp/units/${name}`);
  const { stderr } = await cluster.fleetctl(first, ["start", "--replace", ...paths]);
  return stderr;
}

async function stateOf(host: Host, unit: string): Promise<string> {
  return (await host.show(unit, "ActiveState"))["ActiveState"] ?? "";
}

const becomes = (host: Host, unit: string, state: string): Promise<unknown> =>
  waitFor(`${unit} to be ${state} on ${host.name}`, async () => (await stateOf(host, unit)) === state);

test("a start brings up what is needed elsewhere first, and systemd on the unit's host agrees", async () => {
  const slow = [
    "Type=notify",
    "NotifyAccess=all",
    "ExecStart=/bin/sh -c 'sleep 2; date +%%s%%N > /root/up; systemd-notify --ready; exec sleep 100000'",
  ];
  const stderr = await start(
    {
      "a.service": on(
        first,
        ["Requires=b.service", "After=b.service"],
        ["ExecStart=/bin/sh -c 'date +%%s%%N > /root/began; exec sleep 100000'"],
      ),
      "b.service": on(second, [], slow),
    },
    "a.service",
  );
  assert.match(stderr, /starting unit b\.service as well: Requires=b\.service of a\.service/);
  assert.equal(await stateOf(second, "b.service"), "active");
  const [up, began] = [await second.readFile("/root/up"), await first.readFile("/root/began")];
  assert.ok(BigInt(up) < BigInt(began), `b was up at ${up}, a began at ${began}`);
  const stub = await first.show("b.service", "ActiveState", "SubState", "Description", "RequiredBy");
  assert.deepEqual([stub["ActiveState"], stub["SubState"]], ["active", "exited"]);
  assert.match(stub["Description"] ?? "", /b\.service runs on machine/);
  assert.match((await first.run(["systemctl", "list-dependencies", "--plain", "a.service"])).stdout, /b\.service/);
  const { stdout } = await cluster.fleetctl(first, ["list-units", "--no-legend", "--fields=unit,machine"]);
  assert.equal(stdout.match(/^b\.service/gm)?.length, 1, stdout);
  await cluster.fleetctl(first, ["stop", "b.service"]);
  await becomes(first, "a.service", "inactive");
  await cluster.fleetctl(first, ["destroy", "a.service"]);
  await waitFor(
    "the stub to be removed",
    async () => (await first.show("b.service", "LoadState"))["LoadState"] === "not-found",
  );
});

test("what is bound to a unit that fails elsewhere stops, says why, and comes back with it", async () => {
  await start(
    { "a.service": on(first, ["BindsTo=b.service", "After=b.service"]), "b.service": on(second, []) },
    "a.service",
  );
  const pid = await mainPid(second, "b.service");
  await second.run(["kill", "-9", pid]);
  await becomes(first, "a.service", "inactive");
  const stub = await first.show("b.service", "ActiveState", "StatusText");
  assert.equal(stub["ActiveState"], "failed");
  assert.match(stub["StatusText"] ?? "", /b\.service has failed on machine/);
  await waitFor("the reason to be shown", async () => {
    const { stdout } = await cluster.fleetctl(first, ["list-units", "--no-legend", "--all"]);
    const { stdout: status } = await cluster.fleetctl(first, ["status", "a.service"], { check: false });
    return /waits for b\.service/.test(stdout + status);
  });
  await cluster.fleetctl(first, ["restart", "b.service"]);
  await becomes(first, "a.service", "active");
});

test("a stub and the real unit take each other's place without a stop of what is bound to them", async () => {
  const bound = ["BindsTo=b.service", "Requires=b.service", "PartOf=b.service", "After=b.service"];
  await start({ "a.service": on(first, bound), "b.service": on(second, []) }, "a.service");
  const pid = await mainPid(first, "a.service");
  for (const target of [first, second, cluster.host(3), first, second]) {
    await start({ "b.service": on(target, []) }, "b.service");
    await becomes(target, "b.service", "active");
    await waitFor(`b.service to run on ${target.name} only`, async () => {
      const pids = await Promise.all([first, second, cluster.host(3)].map((host) => mainPid(host, "b.service")));
      return pids.filter((found) => found !== "0").length === 1 && (await mainPid(target, "b.service")) !== "0";
    });
    await becomes(first, "b.service", "active");
    assert.equal(await mainPid(first, "a.service"), pid, `after the move to ${target.name}`);
  }
});

test("a unit bound to one that moves off a dead machine keeps running, and over a restart of the daemon", async () => {
  const anywhere = (unit: readonly string[]): string =>
    ["[Unit]", ...unit, "[Service]", "ExecStart=/bin/sleep 100000", ""].join("\n");
  await start({ "b.service": `${anywhere([])}[X-Fleet]\nConflicts=a.service\n` }, "b.service");
  const home = await cluster.waitForActive("b.service");
  const leader = cluster.hosts.find((host) => host !== home) ?? assert.fail();
  await start({ "a.service": on(leader, ["BindsTo=b.service", "After=b.service"]) }, "a.service");
  const pid = await mainPid(leader, "a.service");
  await leader.run(["systemctl", "restart", "fleet.service"]);
  assert.equal(await mainPid(leader, "a.service"), pid);
  await home.powerCut();
  await waitFor(
    "b.service to run elsewhere",
    async () => {
      const others = cluster.hosts.filter((host) => host !== home);
      const pids = await Promise.all(others.map((host) => mainPid(host, "b.service")));
      return pids.some((found) => found !== "0");
    },
    { timeoutMs: 40_000 },
  );
  await becomes(leader, "b.service", "active");
  assert.equal(await mainPid(leader, "a.service"), pid);
  await home.powerOn();
  await cluster.waitForMachines(3, leader, { timeoutMs: 40_000 });
});

test("a host that is cut off keeps its stubs as they are", async () => {
  await start(
    { "a.service": on(second, ["BindsTo=b.service", "After=b.service"]), "b.service": on(first, []) },
    "a.service",
  );
  const pid = await mainPid(second, "a.service");
  await second.cutNetwork();
  await first.run(["systemctl", "kill", "-s", "KILL", "b.service"]);
  await becomes(first, "b.service", "failed");
  assert.equal(await stateOf(second, "b.service"), "active");
  assert.equal(await mainPid(second, "a.service"), pid);
  await second.healNetwork();
  await becomes(second, "b.service", "failed");
  await becomes(second, "a.service", "inactive");
});

test("a host's own unit of the name has precedence over a stub", async () => {
  await first.run([
    "sh",
    "-c",
    "printf '[Service]\\nExecStart=/bin/sleep 1000\\n' > /etc/systemd/system/b.service; systemctl daemon-reload",
  ]);
  await start(
    { "a.service": on(first, ["Requires=b.service", "After=b.service"]), "b.service": on(second, []) },
    "a.service",
  );
  assert.equal((await first.show("b.service", "FragmentPath"))["FragmentPath"], "/etc/systemd/system/b.service");
  assert.notEqual(await mainPid(first, "b.service"), "0");
  await first.run(["sh", "-c", "systemctl stop b.service; rm /etc/systemd/system/b.service; systemctl daemon-reload"]);
});
