import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { putFiles, SLEEPER } from "./running-units.ts";

/** The machine's programs, reservations, explanations and plans, on real hosts. */

let cluster: Cluster;
let small: Host;
let large: Host;
before(async () => {
  // Both hosts have the cores of this machine; the first keeps nearly all of one.
  cluster = await Cluster.boot({
    hosts: 2,
    config: ({ name }) => ({ agent_ttl: "5s", ...(name === "h1" && { reserve_cpu: "0.9", max_units: "5" }) }),
  });
  [small, large] = [cluster.host(1), cluster.host(2)];
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

interface Machine {
  readonly id: string;
  readonly hostname: string;
  readonly capacity: { readonly cpus: number; readonly memoryBytes: number; readonly diskBytes: number };
  readonly reserve?: { readonly cpu: number };
  readonly maxUnits?: number;
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
}

async function machineOf(host: Host): Promise<Machine> {
  const { machines } = (await apiRequest(small, "/fleet/v2/machines")).json as { readonly machines: Machine[] };
  const id = await host.machineId();
  const machine = machines.find((each) => each.id === id);
  assert.ok(machine, `${host.name} is not listed`);
  return machine;
}

const asking = (...lines: readonly string[]): string => `${SLEEPER}\n[X-Fleet]\n${lines.join("\n")}\n`;

const run = (...args: readonly string[]) => cluster.fleetctl(small, args, { check: false });

test("machines report what they have and keep", async () => {
  const [one, other] = [await machineOf(small), await machineOf(large)];
  assert.deepEqual([one.reserve?.cpu, one.maxUnits, other.reserve, other.maxUnits], [900, 5, undefined, undefined]);
  assert.ok(one.capacity.diskBytes > 2 ** 30);
  assert.deepEqual(one.capabilities["kernel"], [(await small.run(["uname", "-r"])).stdout.trim()]);
  assert.match(one.capabilities["systemd"]?.[0] ?? "", /^\d+/);
  assert.deepEqual(one.capabilities["os"], ["debian"]);
});

test("a reservation goes where it fits, and explain and plan say so beforehand", async () => {
  const { cpus } = (await machineOf(large)).capacity;
  await putFiles(small, { "busy.service": asking(`CPUReserve=${cpus}`), "more.service": asking("CPUReserve=0.5") });
  const planned = await run("plan", "/tmp/units/busy.service");
  assert.equal(planned.code, 1, planned.stdout + planned.stderr);
  assert.match(
    planned.stdout,
    new RegExp(`^busy\\.service: created, goes to .*\\(${(await machineOf(large)).hostname}`),
  );
  assert.equal((await apiRequest(small, "/fleet/v2/units/busy.service")).status, 404);

  await cluster.fleetctl(small, ["start", "/tmp/units/busy.service"]);
  assert.equal((await cluster.waitForActive("busy.service")).name, large.name);
  assert.deepEqual((await run("plan", "/tmp/units/busy.service")).code, 0);
  const explained = (await run("explain", "busy.service")).stdout;
  assert.match(explained, new RegExp(`^busy\\.service is on .*${(await machineOf(large)).hostname}`));
  assert.match(explained, /1 machine ruled out by CPUReserve: the unit reserves .* of CPU, but only .* free/);
  assert.match((await run("status", "busy.service")).stdout, /^ {4}Machine: .*\n/m);

  await cluster.fleetctl(small, ["start", "/tmp/units/more.service"]);
  assert.equal((await cluster.waitForActive("more.service")).name, small.name);
  await putFiles(small, { "much.service": asking(`CPUReserve=${cpus}`) });
  const refused = await run("plan", "/tmp/units/much.service");
  assert.equal(refused.code, 2, refused.stdout + refused.stderr);
  assert.match(refused.stdout, /gets no machine\n[^]*2 machines: the unit reserves/);
  await cluster.fleetctl(small, ["destroy", "busy.service", "more.service"]);
});

test("a unit that runs podman goes to the host where podman was installed, after a reload of its daemon", async () => {
  // This machine may have podman, and its hosts share its programs.
  for (const host of [small, large]) {
    await host.run(["sh", "-c", "rm -f /usr/bin/podman /usr/local/bin/podman /usr/sbin/podman /opt/bin/podman"]);
    await host.run(["systemctl", "reload", "fleet"]);
  }
  await waitFor("podman to be gone", async () => {
    const machines = await Promise.all([small, large].map(machineOf));
    return machines.every(({ capabilities }) => !capabilities["has"]?.includes("podman"));
  });
  const unit = "[Service]\nExecStart=/opt/bin/podman run redis\n";
  await putFiles(small, { "redis.service": unit });
  await run("start", "--no-block", "/tmp/units/redis.service");
  await waitFor("the unit to be refused", async () => {
    const { stdout } = await run("explain", "redis.service");
    return stdout.includes("2 machines ruled out by ExecStart: ExecStart names podman, which they do not have");
  });
  await large.run([
    "sh",
    "-c",
    "mkdir -p /opt/bin && printf '#!/bin/sh\\nexec sleep 1000\\n' > /opt/bin/podman && chmod 755 /opt/bin/podman",
  ]);
  await large.run(["systemctl", "reload", "fleet"]);
  assert.equal((await cluster.waitForActive("redis.service")).name, large.name);
  assert.ok((await machineOf(large)).capabilities["has"]?.includes("podman"));
  await putFiles(small, {
    "pinned.service": asking(`MachineID=${(await machineOf(large)).hostname}`, "MachineMetadata=has=podman"),
  });
  await cluster.fleetctl(small, ["start", "/tmp/units/pinned.service"]);
  assert.equal((await cluster.waitForActive("pinned.service")).name, large.name);
});
