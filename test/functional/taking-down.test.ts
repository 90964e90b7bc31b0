import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles, SLEEPER, startUnits } from "./running-units.ts";

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "5s" }) });
});
after(() => cluster.down());

/** Returns a unit file whose service takes its host out of the cluster. */
function taking(command: string, xFleet = ""): string {
  return `[Service]\nExecStart=/bin/sh -c '${command}; exec sleep 100000'\n${xFleet}`;
}

/** Waits until one daemon is left, and resolves to its host. */
function survivor(): Promise<Host> {
  const only = async (): Promise<Host | undefined> => {
    const asked = cluster.hosts.filter(({ isOn }) => isOn);
    const works = await Promise.all(asked.map((host) => host.isActive("fleet.service")));
    const [host, ...more] = asked.filter((_, index) => works[index]);
    if (more.length > 0) return undefined;
    const list = ["fleetctl", "list-machines", "--compat", "--no-legend"];
    const { code, stdout } = (await host?.run(list, { check: false })) ?? { code: 1, stdout: "" };
    return code === 0 && stdout.trim().split("\n").length === 1 ? host : undefined;
  };
  // Two machines leave one after the other, each after the start of a unit.
  return waitFor("only one machine to be left", only, { timeoutMs: 60_000 });
}

async function untilHeld(host: Host, unit: string): Promise<string> {
  return waitFor(`${unit} to be held`, async () => {
    const { stderr } = await cluster.fleetctl(host, ["status", unit], { check: false });
    return /it is held: machines? .* lost right after/.test(stderr) ? stderr : undefined;
  });
}

async function bringBack(): Promise<void> {
  for (const host of cluster.hosts) {
    await host.repair();
    await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  }
  await cluster.waitForMachines(3, cluster.host(1), { timeoutMs: 30_000 });
}

test("a global unit that stops the daemon does not start on the last machine, and status says why", async () => {
  const host = cluster.host(1);
  await startUnits(cluster, host, { "fine.service": SLEEPER });
  await putFiles(host, {
    "all.service": taking("systemctl stop fleet.socket fleet.service", "[X-Fleet]\nGlobal=true\n"),
  });
  await cluster.fleetctl(host, ["start", "--no-block", "/tmp/units/all.service"]);
  const left = await survivor();
  const status = await untilHeld(left, "all.service");
  assert.match(status, /machines [0-9a-f]{8}\S* and [0-9a-f]{8}\S* were lost right after each was asked to start it/);
  assert.match(status, /fleetctl restart all\.service/);
  await cluster.waitForActive("fine.service", { asked: left });
  assert.equal(await left.isActive("all.service"), false);
  await cluster.fleetctl(left, ["destroy", "all.service"]);
  await bringBack();
});

test("a unit that powers its host off is not moved to the last machine, which runs the other units and says why", async () => {
  const host = cluster.host(1);
  await putFiles(host, { "off.service": taking("systemctl poweroff") });
  await cluster.fleetctl(host, ["start", "--no-block", "/tmp/units/off.service"]);
  const left = await survivor();
  await untilHeld(left, "off.service");
  await cluster.waitForActive("fine.service", { asked: left });
  const { stdout } = await cluster.fleetctl(left, ["list-unit-files", "--no-legend", "--fields=unit,dstate,state"]);
  assert.match(stdout, /^off\.service\tlaunched\tinactive$/m);
  await cluster.fleetctl(left, ["destroy", "off.service"]);
  await bringBack();
  await cluster.waitForActive("fine.service");
});
