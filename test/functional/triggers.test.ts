import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { mainPid, putFiles, startUnits } from "./running-units.ts";

const FILES = {
  "other.service": "[Service]\nExecStart=/bin/sleep 100000\n",
  "echo.service": "[Service]\nExecStart=/bin/sh -c 'echo woken >> /root/woken; exec sleep 100000'\n",
  "echo.socket": "[Socket]\nListenStream=/run/echo.sock\n",
  "both.service": "[Service]\nExecStart=/bin/sleep 100000\n",
  "both.socket": "[Socket]\nListenStream=/run/both.sock\n",
  "job.service": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >> /root/ran'\n",
  "often.timer": "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=1\nAccuracySec=100ms\nUnit=job.service\n",
};

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 3,
    config: () => ({ agent_ttl: "3s", exclusive_stop_limit: "1s", mass_loss_share: 1 }),
  });
});
after(() => cluster.down());

const fileHas = async (host: Host, path: string): Promise<boolean> =>
  (await host.run(["test", "-s", path], { check: false })).code === 0;

test("a socket and a timer run on the machines of their services, and move with them when a machine dies", async () => {
  const first = cluster.host(1);
  await putFiles(first, FILES);
  const paths = Object.keys(FILES).map((name) => `/tmp/units/${name}`);
  await cluster.fleetctl(first, ["start", "/tmp/units/other.service"]);
  await cluster.fleetctl(first, ["submit", ...paths]);
  const { stdout } = await cluster.fleetctl(first, ["start", "--no-block", "often.timer"]);
  assert.match(stdout, /often\.timer/);
  await cluster.fleetctl(first, ["load", "job.service", "echo.service"]);
  await cluster.fleetctl(first, ["start", "often.timer", "echo.socket", "both.socket", "both.service"]);

  const home = await checkTogether();
  await home.powerCut();
  const cut = performance.now();
  const next = await checkTogether(home);
  console.log(
    `the timer and its job ran elsewhere ${((performance.now() - cut) / 1000).toFixed(1)} s after the power cut`,
  );
  assert.notEqual(next.name, home.name);
  await home.powerOn();
  await cluster.waitForMachines(3, next, { timeoutMs: 30_000 });
});

test("a global unit cannot start an exclusive unit that it wants on that unit's former machine", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  const only = (machine: string): string =>
    `[Service]\nExecStart=/bin/sleep 100000\n[X-Fleet]\nExclusive=true\nMachineID=${machine}\n`;
  await putFiles(first, {
    "wants.service": "[Unit]\nWants=only.service\n[Service]\nExecStart=/bin/sleep 100000\n[X-Fleet]\nGlobal=true\n",
    "only.service": only(await first.machineId()),
  });
  await cluster.fleetctl(first, ["start", "/tmp/units/only.service", "/tmp/units/wants.service"]);
  await waitFor("the global unit to run", () => first.isActive("wants.service"));
  await putFiles(first, { "only.service": only(await second.machineId()) });
  await cluster.fleetctl(first, ["start", "--replace", "/tmp/units/only.service"]);
  await waitFor("the unit to run on the other host", () => second.isActive("only.service"));
  await first.run(["systemctl", "restart", "wants.service"]);
  await first.run(["systemctl", "start", "only.service"], { check: false });
  // What is active there is the stub that stands for the unit.
  const show = ["systemctl", "show", "--value", "--property=MainPID,Type", "only.service"];
  assert.equal((await first.run(show)).stdout, "oneshot\n0\n");
  await cluster.fleetctl(first, ["destroy", "only.service", "wants.service"]);
});

/**
 * Returns the files of two exclusive pairs: a oneshot that records its runs, with its timer, and a service with its
 * socket.
 */
function exclusivePairs(machine: string): Record<string, string> {
  const only = `[X-Fleet]\nExclusive=true\nMachineID=${machine}\n`;
  return {
    "tick.service": `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >> /root/ticks'\n${only}`,
    "tick.timer": "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=1\nAccuracySec=100ms\n",
    "sole.service": `[Service]\nExecStart=/bin/sleep 100000\n${only}`,
    "sole.socket": "[Socket]\nListenStream=/run/sole.sock\n",
  };
}

const STAY_UP = ["tick.timer", "sole.service", "sole.socket"];

async function startPairs(asked: Host, on: Host): Promise<void> {
  const files = exclusivePairs(await on.machineId());
  await putFiles(asked, files);
  await cluster.fleetctl(asked, [
    "start",
    "--no-block",
    "--replace",
    ...Object.keys(files).map((n) => `/tmp/units/${n}`),
  ]);
}

async function areUpOn(host: Host): Promise<void> {
  const isUp = async (): Promise<boolean> =>
    (await Promise.all(STAY_UP.map((unit) => host.isActive(unit)))).every(Boolean);
  await waitFor(`both pairs to be active on ${host.name}`, isUp, { timeoutMs: 40_000 });
  const ticks = async (): Promise<number> => Number((await host.run(["sh", "-c", "wc -l < /root/ticks"])).stdout);
  const before = await ticks();
  await waitFor("the job to run again", async () => (await ticks()) > before, { timeoutMs: 10_000 });
}

test("a socket that is started later than its service soon listens, and the service runs", async () => {
  const host = cluster.host(1);
  const [service, socket] = ["late.service", "late.socket"];
  await startUnits(cluster, host, { [service]: "[Service]\nExecStart=/bin/sleep 100000\n" });
  const home = await cluster.waitForActive(service);
  const pid = await mainPid(home, service);
  await putFiles(host, { [socket]: "[Socket]\nListenStream=/run/late.sock\n" });
  await cluster.fleetctl(host, ["start", `/tmp/units/${socket}`]);
  assert.equal(await cluster.waitForActive(socket), home);
  await waitFor("the service to run again", async () => (await cluster.waitForActive(service)) === home);
  assert.notEqual(await mainPid(home, service), pid);
  const { TriggeredBy } = await home.show(service, "TriggeredBy");
  assert.equal(TriggeredBy, socket);
  await home.run(["python3", "-c", "import socket; socket.socket(socket.AF_UNIX).connect('/run/late.sock')"]);
  const { stdout } = await cluster.fleetctl(host, ["status", socket]);
  assert.doesNotMatch(stdout, /runs already/);
  await cluster.fleetctl(host, ["destroy", socket, service]);
});

/** Returns how often systemd has started the unit since the host booted. */
async function starts(host: Host, unit: string): Promise<number> {
  const { stdout } = await host.run(["journalctl", "--boot", "--unit", unit, "--output", "cat", "--no-pager"]);
  return stdout.split("\n").filter((line) => /^(Started|Listening on) /.test(line)).length;
}

test("exclusive units and their triggers always move together", { timeout: 240_000 }, async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  for (const target of [first, second, first, second, first]) {
    await startPairs(first, target);
    await areUpOn(target);
  }
});

test(
  "services, sockets and timers that the guard has stopped start again when etcd answers",
  { timeout: 120_000 },
  async () => {
    const host = cluster.host(1);
    cluster.etcd.freeze();
    try {
      const areDown = async (): Promise<boolean> =>
        !(await Promise.all(STAY_UP.map((unit) => host.isActive(unit)))).includes(true);
      await waitFor("the guard to stop the units", areDown, { timeoutMs: 30_000 });
    } finally {
      await cluster.etcd.repair();
    }
    await areUpOn(host);
  },
);

test(
  "exclusive units and triggers start only once after a power cut, where they are assigned",
  { timeout: 120_000 },
  async () => {
    const host = cluster.host(1);
    await host.powerCut();
    await host.powerOn();
    await areUpOn(host);
    for (const unit of STAY_UP) assert.equal(await starts(host, unit), 1, unit);
    await cluster.fleetctl(host, ["destroy", ...Object.keys(exclusivePairs(""))]);
  },
);

/** Asserts that each pair is active on one host. Resolves to the timer's host. */
async function checkTogether(elsewhere?: Host): Promise<Host> {
  const not = elsewhere ? { elsewhere } : {};
  const timer = await cluster.waitForActive("often.timer", { ...not, timeoutMs: 30_000 });
  await waitFor("the timer to run its job", () => fileHas(timer, "/root/ran"), { timeoutMs: 20_000 });
  const socket = await cluster.waitForActive("echo.socket", { ...not, timeoutMs: 30_000 });
  await socket.run([
    "sh",
    "-c",
    "python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"/run/echo.sock\")'",
  ]);
  await waitFor("the socket to start its service", () => fileHas(socket, "/root/woken"));
  // systemd refuses to start a socket while its service runs.
  const pair = ["both.socket", "both.service"];
  const homes = await Promise.all(pair.map((unit) => cluster.waitForActive(unit, { ...not, timeoutMs: 30_000 })));
  assert.equal(homes[0], homes[1]);
  const listed = await cluster.listUnits(timer);
  const hostOf = (unit: string) => listed.find((row) => row.unit === unit)?.host?.name;
  assert.deepEqual([hostOf("job.service"), hostOf("echo.service")], [timer.name, socket.name]);
  return timer;
}
