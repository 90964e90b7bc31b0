import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LinkTls, NetworkLink } from "@flotilla/link";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { type Attacker, PORT_ATTACKS } from "./abuse/machine-port.ts";
import { identityOf, linkTo } from "./agent-link.ts";
import { apiRequest } from "./api-request.ts";
import { MachineRecords } from "./machine-records.ts";
import { mainPid, processesOf, SLEEPER, startUnits } from "./running-units.ts";

const MIB = 1024 * 1024;
/** A session may make the server hold 32 MiB; the attacker has at most four, and Node takes as much again. */
const MOST_GROWTH = 400 * MIB;
/** The highest memory soon after an attack, as a multiple of the memory before all of them. */
const MOST_MEMORY = 1.5;
const UNITS = ["one.service", "two.service"];

/** One server, the agent whose host was taken over, and another agent. */
let cluster: Cluster;
let server: Host;
let bystander: Host;
let attacker: Attacker;
let link: NetworkLink;

before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  await cluster.addAgents({ hosts: 2, config: ({ name }) => ({ metadata: `host=${name}` }) });
  [server, bystander] = [cluster.host(1), cluster.host(3)];
  attacker = { address: { host: server.ip, port: 7333 }, identity: await identityOf(cluster.host(2)) };
  const there = `${SLEEPER}[X-Fleet]\nMachineMetadata=host=${bystander.name}\n`;
  await startUnits(cluster, server, Object.fromEntries(UNITS.map((unit) => [unit, there])));
  for (const unit of UNITS) await cluster.waitForActive(unit, { asked: server });
  link = linkTo(server, await bystandersIdentity());
});
after(async () => {
  link?.close();
  await cluster?.down();
});

function bystandersIdentity(): Promise<LinkTls> {
  return identityOf(bystander);
}

/** Asks for the other agent's assignments again and again until `signal` aborts; returns the slowest answer. */
async function askOn(signal: AbortSignal): Promise<number> {
  const body = JSON.stringify({ prefix: `assignment/${await bystander.machineId()}/` });
  let slowest = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    const { status, body: answer } = await link.request("/store/v1/range", body, { limitMs: 15_000 });
    assert.equal(status, 200, answer);
    slowest = Math.max(slowest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return slowest;
}

async function memory(): Promise<number> {
  const { text } = await apiRequest(server, "/metrics");
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

/** Returns the largest memory that was seen until `signal` aborts. */
async function peak(signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, await memory());
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return most;
}

test("hostile clients on the port for machines are refused, with bounded memory, while another agent is served", async (t) => {
  const pid = await mainPid(server, "fleet.service");
  const units = await processesOf(cluster.hosts, UNITS);
  const before = await memory();
  await using records = await MachineRecords.follow(cluster.etcd.members[0] ?? assert.fail());
  for (const [name, attack] of Object.entries(PORT_ATTACKS))
    await t.test(name, async (t) => {
      const over = new AbortController();
      const watching = Promise.all([askOn(over.signal), peak(over.signal)]);
      try {
        await attack(attacker);
      } finally {
        over.abort();
      }
      const [slowest, most] = await watching;
      t.diagnostic(`the other agent's slowest answer took ${Math.round(slowest)} ms; memory up to ${mib(most)}`);
      assert.ok(most < before + MOST_GROWTH, `memory grew from ${mib(before)} to ${mib(most)}`);
      // A new session of the other agent is served at once, too.
      const fresh = linkTo(server, await bystandersIdentity());
      const body = JSON.stringify({ prefix: `assignment/${await bystander.machineId()}/` });
      assert.equal((await fresh.request("/store/v1/range", body, { limitMs: 15_000 })).status, 200);
      fresh.close();
    });
  assert.equal(await mainPid(server, "fleet.service"), pid);
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), units);
  assert.deepEqual(records.absences, []);
  await cluster.fleetctl(server, ["restart", ...UNITS]);
  await waitFor(
    "the memory to return to normal",
    async () => {
      const now = await memory();
      if (now > before * MOST_MEMORY) throw new Error(`${mib(now)}, from ${mib(before)}`);
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 1_000 },
  );
});

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
