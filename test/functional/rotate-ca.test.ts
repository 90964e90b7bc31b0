import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import type { AuditEntry, RotationAnswer } from "@flotilla/api/client";
import { Cluster, createApiToken, createJoinToken, type Host, waitFor } from "../lab/index.ts";
import { identityOf, linkTo } from "./agent-link.ts";
import { apiRequest } from "./api-request.ts";
import { MachineRecords } from "./machine-records.ts";
import { continueFleetd, fleetdReady, processesOf, putFiles, SLEEPER } from "./running-units.ts";

const PORT = 49_153;
const KEY = "/var/lib/fleet/secrets.key";
const UNITS = ["reader.service", "steady.service"];

/** Two servers on etcd, the first one with the API on TCP, and two agents with a unit each. */
let cluster: Cluster;
let first: Host;
let second: Host;
let agents: readonly Host[];
let records: MachineRecords;
let processes: Awaited<ReturnType<typeof processesOf>>;
/** From before the first rotation. */
let former: { readonly join: string; readonly api: string; readonly ca: string };

before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: ({ ip }) => ({ listen: ["unix:///run/fleet.sock", `tcp://${ip}:${PORT}`] }),
    // The daemons open their own sockets.
    install: async ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/off.conf", "[Unit]\nConditionPathExists=/nonexistent\n"),
  });
  await cluster.addAgents({ hosts: 2, config: () => ({ agent_ttl: "5s" }) });
  [first, second] = [cluster.host(1), cluster.host(2)];
  agents = [cluster.host(3), cluster.host(4)];
  await first.run(["fleetctl", "secret", "set", "db"], { input: "value-d0a7" });
  await second.writeFile(KEY, await first.readFile(KEY));
  await second.run(["chmod", "600", KEY]);
  const [one, other] = await Promise.all(agents.map((agent) => agent.machineId()));
  const command = "cat $CREDENTIALS_DIRECTORY/db >/run/seen; exec sleep infinity";
  await putFiles(first, {
    "reader.service": `[Service]\nExecStart=/bin/sh -c '${command}'\nLoadCredential=db:/run/fleet/secrets.sock\n[X-Fleet]\nMachineID=${one}\n`,
    "steady.service": `${SLEEPER}[X-Fleet]\nMachineID=${other}\n`,
  });
  await cluster.fleetctl(first, ["start", ...UNITS.map((unit) => `/tmp/units/${unit}`)]);
  processes = await processesOf(cluster.hosts, UNITS);
  former = { join: await createJoinToken(first, 2), api: await createApiToken(first, "viewer"), ca: await authority() };
  records = await MachineRecords.follow(cluster.etcd.members[0] ?? assert.fail());
});
after(async () => {
  await records?.[Symbol.asyncDispose]();
  await cluster?.down();
});

async function authority(): Promise<string> {
  const { json } = await apiRequest(first, "/fleet/v2/authority");
  return (json as { readonly certificate: string }).certificate;
}

async function rotation(): Promise<RotationAnswer> {
  return (await apiRequest(first, "/fleet/v2/authority/rotation")).json as RotationAnswer;
}

const rotate = (server: Host, ...flags: readonly string[]) =>
  cluster.fleetctl(server, ["cluster", "rotate-ca", ...flags], { check: false });

async function isOfAuthority(host: Host, path: string): Promise<boolean> {
  const { cert } = JSON.parse(await host.readFile(path)) as { readonly cert: string };
  return new X509Certificate(cert).verify(new X509Certificate(await authority()).publicKey);
}

/** A client on another host, with a token, or with the file of an authority. */
function client(...flags: readonly string[]) {
  return agents[0]?.run(["fleetctl", `--endpoint=https://${first.ip}:${PORT}`, ...flags, "list-machines"], {
    check: false,
  });
}

async function joinBareHost(token: string) {
  await cluster.addHosts({ hosts: 1, config: () => ({}), autostart: false });
  const host = cluster.host(cluster.hosts.length);
  await host.disk.write("/etc/fleet/fleet.conf", `public_ip="${host.ip}"\n`);
  return host.run(["fleetctl", "join", second.ip, "--token", token], { check: false });
}

test("a rotation waits for a server that is down, names it, and goes on when it is run again", async () => {
  const old = await identityOf(agents[0] ?? assert.fail());
  await second.run(["systemctl", "kill", "--signal=STOP", "fleet.service"]);
  const waited = await rotate(first, "--timeout", "3s");
  assert.equal(waited.code, 1);
  assert.match(waited.stderr, /not complete.*server [0-9a-f]{8}.*run the command again/s);
  const { state, lagging } = await rotation();
  assert.equal(state, "running");
  // The agents of that server may wait with it.
  const servers = lagging.filter(({ role }) => role === "server").map(({ machineID }) => machineID);
  assert.deepEqual(servers, [await second.machineId()]);
  await second.run(["systemctl", "kill", "--signal=CONT", "fleet.service"]);
  await fleetdReady(second);
  const began = performance.now();
  const [one, other] = await Promise.all([rotate(first, "--output", "json"), rotate(second)]);
  console.log(`the rest of the rotation took ${Math.round(performance.now() - began)} ms`);
  assert.deepEqual([one.code, other.code], [0, 0], one.stderr + other.stderr);
  assert.equal((JSON.parse(one.stdout) as RotationAnswer).state, "none");
  assert.notEqual(await authority(), former.ca);
  for (const server of [first, second]) assert.ok(await isOfAuthority(server, "/run/fleet/identity"));
  for (const agent of agents) assert.ok(await isOfAuthority(agent, "/var/lib/fleet/identity"));

  const link = linkTo(first, old);
  const asked = link.request("/store/v1/range", "{}", { limitMs: 5_000 });
  await assert.rejects(asked, /is not of this cluster/).finally(() => link.close());
});

test("no unit was touched, no session was refused, and everything works on", async () => {
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
  const ids = await Promise.all(agents.map((agent) => agent.machineId()));
  assert.deepEqual(
    records.absences.filter(({ machineID }) => ids.includes(machineID)),
    [],
  );
  for (const agent of agents) {
    assert.doesNotMatch(
      await agent.journal("fleet.service"),
      /refuses this machine|of another authority|cannot renew this machine/,
    );
    await waitFor("the agent to forget the former authority", async () => {
      const { ca } = await identityOf(agent);
      return ca.match(/BEGIN/g)?.length === 1;
    });
  }
  await cluster.fleetctl(second, ["restart", "reader.service"]);
  await waitFor("the unit to have its secret", async () => (await agents[0]?.readFile("/run/seen")) === "value-d0a7");
  assert.match((await cluster.fleetctl(second, ["status", "steady.service"])).stdout, /active \(running\)/);
  const { stdout } = await cluster.fleetctl(first, ["audit", "--output=json"]);
  const steps = (JSON.parse(stdout) as readonly AuditEntry[]).filter(({ verb }) => verb === "rotate-ca");
  const done = steps.filter(({ result }) => result === "done").map(({ object }) => object);
  assert.ok(done.includes("authority/rotation") && done.includes("authority/rotation/end"), stdout);
  processes = await processesOf(cluster.hosts, UNITS);
});

test("tokens and the authority's file from before the rotation stay usable", async () => {
  const joined = await joinBareHost(former.join);
  assert.equal(joined.code, 0, joined.stderr);
  await agents[0]?.writeFile("/root/former.pem", former.ca);
  const viewer = await createApiToken(first, "viewer");
  for (const flags of [
    ["--token", former.api],
    ["--ca-file", "/root/former.pem", "--token", viewer],
    ["--token", viewer],
  ]) {
    const listed = await client(...flags);
    assert.equal(listed?.code, 0, listed?.stderr);
  }
});

test("a forced rotation goes on without a machine that is away, and ends the earlier tokens", async () => {
  const [, lost = assert.fail()] = agents;
  const [id, token] = [await lost.machineId(), await createJoinToken(first, 2)];
  await lost.run(["systemctl", "kill", "--signal=STOP", "fleet.service"]);
  await cluster.waitForMachines(cluster.hosts.length - 1, first, { timeoutMs: 30_000 });
  const { code, stdout, stderr } = await rotate(second, "--force", "--timeout", "20s");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /is rotated/);
  assert.match(stderr, new RegExp(`Machine ${id} was left behind.*machine remove ${id}`));
  await waitFor("the API to have its new certificate", async () => (await client("--token", former.api))?.code !== 0);
  assert.match((await client("--token", former.api))?.stderr ?? "", /its authority was rotated/);
  assert.match((await joinBareHost(token)).stderr, /the token pins the cluster's authority before the rotation of 2/);
});

test("the machine that was left behind keeps its units running, says why it is out, and joins again", async () => {
  const [, lost = assert.fail()] = agents;
  await continueFleetd(lost);
  await waitFor("the daemon to say why", async () => {
    return /of another authority than that of the cluster/.test(await lost.journal("fleet.service"));
  });
  assert.deepEqual(await processesOf(cluster.hosts, UNITS), processes);
  await first.run(["fleetctl", "machine", "remove", "--yes", await lost.machineId()]);
  await lost.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  await lost.run(["fleetctl", "join", second.ip, "--token", await createJoinToken(first, 1)]);
  await cluster.waitForActive("steady.service", { asked: first });
  assert.ok(await isOfAuthority(lost, "/var/lib/fleet/identity"));
});
