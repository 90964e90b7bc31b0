import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles } from "./running-units.ts";

const SH = (script: string): string => `[Service]\nType=oneshot\nExecStart=/bin/sh -c '${script}'\n`;

/** A run lasts until the test makes this file on its host. */
const RELEASE = "/root/release";
const UNTIL_RELEASED = `while ! test -e ${RELEASE}; do sleep 0.1; done`;

const FILES = {
  "good.service": SH("true"),
  "bad.service": SH("exit 7"),
  "killed.service": SH("kill -KILL $$$$"),
  "held@.service": SH(`${UNTIL_RELEASED}; exit 5`),
  "simple.service": "[Service]\nExecStart=/bin/sh -c 'exit 4'\n",
  "nowhere.service": `${SH("true")}[X-Fleet]\nMachineMetadata=no=where\n`,
};

interface Run {
  readonly machineID: string;
  readonly invocation: string;
  readonly endedAt?: string;
  readonly result: string;
  readonly exitCode?: number;
}

let cluster: Cluster;
before(async () => {
  // The leader's lease lasts 10 s: if the leader is lost with the run's machine, the next one still sees the run's state.
  cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "16s", mass_loss_share: 1 }) });
  await putFiles(cluster.host(1), FILES);
  const paths = Object.keys(FILES).map((name) => `/tmp/units/${name}`);
  await cluster.fleetctl(cluster.host(1), ["submit", ...paths]);
});
after(() => cluster?.down());

const run = (unit: string, ...flags: readonly string[]) =>
  cluster.fleetctl(cluster.host(1), ["run", unit, ...flags], { check: false, timeoutMs: 60_000 });

async function runsOf(unit: string, asked = cluster.host(1)): Promise<readonly Run[]> {
  const { stdout } = await cluster.fleetctl(asked, ["runs", unit, "--output", "json"]);
  return JSON.parse(stdout) as Run[];
}

async function hostOf(unit: string): Promise<Host> {
  const [place] = await runsOf(unit);
  const ids = await Promise.all(cluster.hosts.map((host) => host.machineId()));
  return cluster.hosts[ids.indexOf(place?.machineID ?? "")] ?? assert.fail(`no host runs ${unit}`);
}

async function untilRuns(unit: string): Promise<Host> {
  await waitFor(`${unit} to run`, async () => {
    const [last] = await runsOf(unit).catch(() => []);
    return last !== undefined && last.endedAt === undefined;
  });
  return hostOf(unit);
}

test("run --wait exits as the run does, and runs lists it", async () => {
  for (const [unit, code, result] of [
    ["good.service", 0, "success"],
    ["bad.service", 7, "exit-code"],
    ["killed.service", 137, "signal"],
    ["simple.service", 4, "exit-code"],
  ] as const) {
    const ended = await run(unit, "--wait");
    assert.equal(ended.code, code, `${unit}: ${ended.stdout}${ended.stderr}`);
    const [last, ...others] = await runsOf(unit);
    assert.deepEqual([last?.result, last?.exitCode, others.length], [result, code, 0], unit);
    const invocation = last?.invocation ?? assert.fail();
    const journal = ["journal", unit, "-o", "cat", "--invocation"];
    const { stdout } = await cluster.fleetctl(cluster.host(1), [...journal, invocation]);
    assert.match(stdout, /Starting|Started/);
    const none = await cluster.fleetctl(cluster.host(1), [...journal, "0".repeat(32)]);
    assert.doesNotMatch(none.stdout, /Starting|Started/);
  }
  const refused = await run("nowhere.service", "--wait");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cannot place unit nowhere\.service on any machine now/);
});

test("run waits for its own run, and refuses a second one beside it", async () => {
  const first = run("held@1.service", "--wait");
  const host = await untilRuns("held@1.service");
  const second = await run("held@1.service", "--wait");
  assert.equal(second.code, 1);
  assert.match(second.stderr, /cannot run held@1\.service: a run is under way \(activating, start\)/);
  await host.run(["touch", RELEASE]);
  assert.equal((await first).code, 5);
  assert.equal((await run("held@1.service", "--wait")).code, 5);
  const runs = await runsOf("held@1.service");
  assert.equal(runs.length, 2);
  assert.notEqual(runs[0]?.invocation, runs[1]?.invocation);
  await host.run(["rm", RELEASE]);
});

test("a restart of the daemon loses no run that lasts or that ends meanwhile", async () => {
  const waiting = run("held@2.service", "--wait");
  const host = await untilRuns("held@2.service");
  await host.run(["systemctl", "kill", "-s", "KILL", "fleet.service"]);
  await host.run(["touch", RELEASE]);
  const { code, stderr } = await waiting;
  assert.equal(code, 5, stderr);
  assert.equal((await runsOf("held@2.service")).length, 1);
  await host.run(["rm", RELEASE]);
});

test("a run whose machine loses power is lost, and who waits learns it", async () => {
  const { host, unit, waiting } = await runAwayFrom(cluster.host(1));
  await host.powerCut();
  const ended = await waiting;
  assert.equal(ended.code, 1, ended.stderr);
  assert.match(ended.stderr, /ended after .*: lost/);
  const results = (await runsOf(unit)).map(({ result }) => result);
  assert.deepEqual(results, ["lost"]);
  await host.powerOn();
  await cluster.waitForMachines(3, cluster.host(1), { timeoutMs: 60_000 });
});

/** Starts runs that last, until one of them is on another host than this one. */
async function runAwayFrom(host: Host) {
  for (let number = 3; number < 10; number += 1) {
    const unit = `held@${number}.service`;
    const waiting = run(unit, "--wait");
    const found = await untilRuns(unit);
    if (found !== host) return { host: found, unit, waiting };
  }
  throw new Error(`every run is on ${host.name}`);
}
