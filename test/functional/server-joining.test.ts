import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { Etcd, type Host, Lab, waitFor } from "../lab/index.ts";
import { identityOf } from "./agent-link.ts";
import { installBare, joinCommandIn } from "./bare-hosts.ts";
import { MachineRecords } from "./machine-records.ts";
import { fleetdReady, SLEEPER } from "./running-units.ts";

const KEY = "/var/lib/fleet/secrets.key";
const VALUE = "value-d0a7";

/** Certificates last a minute, the shortest time that `certificate_life` allows: the agent's is renewed after 40 s. */
const SERVER_CONF = 'certificate_life="60s"\nagent_ttl="15s"\n';

let lab: Lab;
let etcd: Etcd;
let first: Host;
let second: Host;
let agent: Host;
/** The agent's first certificate. */
let joinedWith: X509Certificate;
/** The second server's first certificate. */
let beganWith: X509Certificate;
let records: MachineRecords;

before(async () => {
  lab = await Lab.open();
  etcd = await Etcd.start(lab);
  await lab.addHosts({ hosts: 3, install: installBare });
  [first, second, agent] = [lab.host(1), lab.host(2), lab.host(3)];
  for (const host of [first, second]) await host.writeFile("/etc/fleet/fleet.conf", SERVER_CONF);
  await agent.writeFile("/etc/fleet/fleet.conf", 'agent_ttl="15s"\n');
});
after(async () => {
  await records?.[Symbol.asyncDispose]();
  await lab?.down();
});

async function newToken(server: Host, ...flags: readonly string[]): Promise<string> {
  const { stdout } = await server.run(["fleetctl", "token", "create", "--join", ...flags]);
  return /fleet1\.\S+/.exec(stdout)?.[0] ?? assert.fail(stdout);
}

async function machinesOn(host: Host): Promise<number> {
  const { stdout } = await host.run(["fleetctl", "list-machines", "--no-legend"]);
  return stdout.split("\n").filter(Boolean).length;
}

async function certificateOf(host: Host): Promise<X509Certificate> {
  return new X509Certificate((await identityOf(host)).cert);
}

test("a token made with --server makes a second server, through which an agent joins", async () => {
  const { stdout } = await first.run(["fleetctl", "cluster", "init", "--etcd", etcd.endpoint]);
  const { address } = joinCommandIn(stdout);
  await second.run(["fleetctl", "join", address, "--token", await newToken(first, "--server")]);
  const conf = await second.run(["cat", "/etc/fleet/fleet.conf"]);
  assert.match(conf.stdout, new RegExp(`^etcd_servers=.*${etcd.endpoint}`, "m"));
  assert.doesNotMatch(conf.stdout, /^servers=/m);
  assert.equal((await second.run(["stat", "--format=%a %U", "/etc/fleet/fleet.conf"])).stdout, "600 root\n");
  for (const host of [first, second]) assert.equal(await machinesOn(host), 2);

  await agent.run(["fleetctl", "join", second.ip, "--token", await newToken(second)]);
  [joinedWith, beganWith] = [await certificateOf(agent), await certificateOfServer(second)];
  records = await MachineRecords.follow(etcd.members[0] ?? assert.fail());
  for (const host of [first, second]) assert.equal(await machinesOn(host), 3);
  const servers = /^servers=.*$/m.exec(await agent.readFile("/etc/fleet/fleet.conf"))?.[0] ?? "";
  for (const { ip } of [first, second]) assert.ok(servers.includes(`${ip}:7333`), servers);
});

test("a second server has the key of secrets from its join; without it, it says where the key is", async () => {
  assert.equal((await second.run(["stat", "--format=%a %U", KEY])).stdout, "600 root\n");
  assert.equal(await second.readFile(KEY), await first.readFile(KEY));
  await first.run(["fleetctl", "secret", "set", "db"], { input: VALUE });
  const set = ["fleetctl", "secret", "set", "other"];
  await second.run(["mv", KEY, `${KEY}.lost`]);
  await second.run(["systemctl", "restart", "fleet.service"]);
  await fleetdReady(second);
  const { code, stderr } = await second.run(set, { input: VALUE, check: false });
  assert.notEqual(code, 0);
  assert.match(stderr, new RegExp(await first.machineId()));
  await second.run(["mv", `${KEY}.lost`, KEY]);
  await second.run(set, { input: VALUE });
});

test("the second server serves the agent alone, with secrets, while the first one is lost", async () => {
  await first.powerCut();
  await fleetdReady(second);
  const command = "cat $CREDENTIALS_DIRECTORY/db >/run/seen; exec sleep infinity";
  const reader =
    // The last test restarts it often.
    `[Unit]\nStartLimitIntervalSec=0\n` +
    `[Service]\nExecStart=/bin/sh -c '${command}'\nLoadCredential=db:/run/fleet/secrets.sock\n` +
    `[X-Fleet]\nMachineID=${await agent.machineId()}\n`;
  await second.writeFile("/root/reader.service", reader);
  await second.run(["fleetctl", "start", "/root/reader.service"]);
  await waitFor("the unit to have its secret", async () => (await agent.readFile("/run/seen")) === VALUE);
  await first.powerOn();
  await first.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await fleetdReady(first);
});

test("certificates renew themselves, and the agent stays in the cluster and works without a gap", async () => {
  const steady = `${SLEEPER}[X-Fleet]\nMachineID=${await agent.machineId()}\n`;
  await second.writeFile("/root/steady.service", steady);
  await second.run(["fleetctl", "start", "/root/steady.service"]);
  const { MainPID: pid } = await agent.show("steady.service", "MainPID");
  const works = async (): Promise<void> => {
    const { stdout } = await second.run(["fleetctl", "restart", "reader.service"]);
    assert.match(stdout, /restarted|launched/);
  };
  await waitFor(
    "the end of the first certificate",
    async () => {
      await works();
      return Date.now() > joinedWith.validToDate.getTime() + 1_000;
    },
    { timeoutMs: 90_000, intervalMs: 500 },
  );
  await works();
  const renewed = await certificateOf(agent);
  assert.notEqual(renewed.fingerprint256, joinedWith.fingerprint256);
  assert.ok(renewed.validToDate.getTime() > Date.now());
  assert.notEqual((await certificateOfServer(second)).fingerprint256, beganWith.fingerprint256);
  const id = await agent.machineId();
  assert.deepEqual(
    records.absences.filter(({ machineID }) => machineID === id),
    [],
  );
  assert.equal((await agent.show("steady.service", "MainPID"))["MainPID"], pid);
  assert.doesNotMatch(await agent.journal("fleet.service"), /certificate has expired|cannot renew/);
});

/** The certificate with which a server answers. */
async function certificateOfServer(server: Host): Promise<X509Certificate> {
  const { cert } = JSON.parse(await server.readFile("/run/fleet/identity")) as { readonly cert: string };
  return new X509Certificate(cert);
}
