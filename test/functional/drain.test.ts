import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { fleetdReady, leaderOf, SLEEPER, startUnits } from "./running-units.ts";

const PORT = 8080;

/** Answers each connection, and is up half a second after its start. */
const SERVER = `[Service]
Type=exec
ExecStart=${process.execPath} --eval 'setTimeout(() => require("net").createServer((socket) => socket.end("ok")).listen(${PORT}), 500)'
`;

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 4, config: () => ({ agent_ttl: "20s" }) });
});
beforeEach(() => cluster.repair());
after(() => cluster.down());

async function homeOf(unit: string, asked: Host): Promise<Host> {
  return cluster.waitForActive(unit, { asked, timeoutMs: 30_000 });
}

/** Whether a client that connects to the host gets the answer. */
function answers(host: Host): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: host.ip, port: PORT, timeout: 2_000 });
    socket.on("data", (data) => (text += data.toString()));
    socket.on("timeout", () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve(text === "ok"));
  });
}

/** A client that connects to all hosts again and again, until the signal aborts. */
async function keepConnecting(signal: AbortSignal): Promise<{ readonly rounds: number; readonly least: number }> {
  let [rounds, least] = [0, Number.POSITIVE_INFINITY];
  while (!signal.aborted) {
    const answered = await Promise.all(cluster.hosts.map(answers));
    least = Math.min(least, answered.filter(Boolean).length);
    rounds += 1;
    await delay(20);
  }
  return { rounds, least };
}

test("a host is drained while a client keeps connecting to a service with two instances: no connection fails", async () => {
  const asked = cluster.host(4);
  const file = `${SERVER}[X-Fleet]\nConflicts=web@*\nMinAvailable=1\n`;
  await startUnits(cluster, asked, { "web@1.service": file, "web@2.service": file });
  const home = await homeOf("web@1.service", asked);
  await waitFor(
    "both to answer",
    async () => (await Promise.all(cluster.hosts.map(answers))).filter(Boolean).length === 2,
  );
  const stop = new AbortController();
  const client = keepConnecting(stop.signal);
  const drained = await cluster.fleetctl(asked, ["drain", home.name, "--wait", "--reason", "a test"], {
    timeoutMs: 90_000,
  });
  assert.match(drained.stdout, /is empty/);
  stop.abort();
  const { rounds, least } = await client;
  assert.ok(least >= 2, `in one of ${rounds} rounds, only ${least} hosts answered`);
  assert.notEqual(await homeOf("web@1.service", asked), home);
  console.log(`${rounds} rounds of connections; at least ${least} hosts answered in each`);
  await startUnits(cluster, asked, { "new.service": SLEEPER });
  assert.notEqual(await homeOf("new.service", asked), home);
  await cluster.fleetctl(asked, ["undrain", home.name]);
  await cluster.fleetctl(asked, ["destroy", "web@1.service", "web@2.service", "new.service"]);
});

test("a drain goes on while the drained host's daemon restarts and the leader is killed", async () => {
  const asked = cluster.host(4);
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `slow${number}.service`);
  const file = SLEEPER.replace("[Service]\n", "[Service]\nExecStartPre=/bin/sleep 3\n");
  await startUnits(cluster, asked, Object.fromEntries(names.map((name) => [name, file])));
  const home = await homeOf("slow1.service", asked);
  await cluster.fleetctl(asked, ["drain", home.name]);
  await home.run(["systemctl", "restart", "fleet"]);
  const leader = await leaderOf(cluster);
  await leader.signal("fleet.service", "SIGKILL");
  await fleetdReady(home);
  await waitFor(
    "the host to be empty",
    async () => (await cluster.listUnits(asked)).every(({ host }) => host !== home),
    { timeoutMs: 90_000 },
  );
  for (const name of names) assert.notEqual(await homeOf(name, asked), home);
  await cluster.fleetctl(asked, ["undrain", home.name]);
  await cluster.fleetctl(asked, ["destroy", ...names]);
});

test("a unit that cannot leave is named, stops at the deadline, and starts again after the drain", async () => {
  const [asked, home] = [cluster.host(4), cluster.host(1)];
  const file = `${SLEEPER}\n[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await startUnits(cluster, asked, { "pinned.service": file });
  await cluster.waitForActive("pinned.service", { asked });
  const refused = await cluster.fleetctl(asked, ["drain", home.name, "--wait"], { check: false, timeoutMs: 60_000 });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /pinned\.service does not leave: pinned\.service has MachineID=/);
  assert.equal(await home.isActive("pinned.service"), true);
  const { stdout } = await cluster.fleetctl(asked, ["drain", home.ip, "--deadline", "5s", "--wait"], {
    timeoutMs: 60_000,
  });
  assert.match(stdout, /is empty/);
  await waitFor("the unit to stop", async () => !(await home.isActive("pinned.service")));
  await cluster.fleetctl(asked, ["uncordon", home.name]);
  await waitFor("the unit to start again", () => home.isActive("pinned.service"));
  await cluster.fleetctl(asked, ["destroy", "pinned.service"]);
});

test("a drain ends by itself, and a unit is moved on request", async () => {
  const [asked, first, second] = [cluster.host(4), cluster.host(1), cluster.host(2)];
  await cluster.fleetctl(asked, ["drain", first.name, "--until", "3s"]);
  const isDrained = async (): Promise<boolean> => {
    const { text } = await apiRequest(asked, `/fleet/v2/machines/${first.ip}/drain`);
    return (JSON.parse(text) as { drain?: unknown }).drain !== undefined;
  };
  assert.equal(await isDrained(), true);
  await waitFor("the drain to end", async () => !(await isDrained()), { timeoutMs: 30_000 });
  await startUnits(cluster, asked, { "mobile.service": SLEEPER });
  const home = await homeOf("mobile.service", asked);
  const target = home === second ? first : second;
  await cluster.fleetctl(asked, ["move", "mobile.service", target.name]);
  await waitFor("the unit to move", () => target.isActive("mobile.service"));
  assert.equal(await home.isActive("mobile.service"), true, "its copy runs until it is up");
  await waitFor("the copy to end", async () => !(await home.isActive("mobile.service")), { timeoutMs: 40_000 });
  await cluster.fleetctl(asked, ["destroy", "mobile.service"]);
});
