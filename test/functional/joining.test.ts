import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askDaemon, type Host, Lab, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { installBare, joinCommandIn, setClock } from "./bare-hosts.ts";

let lab: Lab;
let server: Host;
let first: Host;
let second: Host;
/** The address in the join command. */
let address: string;

before(async () => {
  lab = await Lab.boot({ hosts: 3, install: installBare });
  const [a, b, c] = lab.hosts;
  assert.ok(a && b && c);
  [server, first, second] = [a, b, c];
});
after(() => lab?.down());

test("cluster init makes a bare host the first server, and prints the command that adds a host", async () => {
  const { stdout } = await server.run(["fleetctl", "cluster", "init"]);
  const { address: where, token } = joinCommandIn(stdout);
  address = where;
  const again = await server.run(["fleetctl", "cluster", "init"], { check: false });
  assert.match(again.stderr, /in a cluster already: .*store=embedded/);

  const joined = await first.run(["fleetctl", "join", where, "--token", token]);
  assert.match(joined.stdout, /has joined the cluster/);
  await waitFor("both machines to be listed", async () => (await machines()).length === 2);
  const identity = await first.run(["stat", "--format=%a %U", "/var/lib/fleet/identity"]);
  assert.equal(identity.stdout, "600 root\n");
  const replayed = await second.run(["fleetctl", "join", where, "--token", token], { check: false });
  assert.match(replayed.stderr, /is used up; make another/);
  await isUntouched(second);
});

test("an expired token and a token of another cluster are refused, and the host stays as it was", async () => {
  const short = await newToken({ ttlSeconds: 1 });
  const expiresAt = Date.now() + 1_000;
  await waitFor("the token to expire", async () => Date.now() > expiresAt);
  const expired = await second.run(["fleetctl", "join", address, "--token", short], { check: false });
  assert.match(expired.stderr, /expired at .*by this server's clock; make another/);
  await isUntouched(second);
  const other = (await newToken()).replace(/^fleet1\.[0-9a-f]{8}/, "fleet1.00000000");
  const { stderr } = await second.run(["fleetctl", "join", address, "--token", other], { check: false });
  assert.match(stderr, /not of the cluster that made the token.*Nothing was sent/);
  await isUntouched(second);
});

test("a second host with the machine ID of a member is refused with the reason", async () => {
  const own = (await second.run(["cat", "/etc/machine-id"])).stdout.trim();
  await setMachineID(second, await machineID(first));
  const { stderr } = await second.run(["fleetctl", "join", address, "--token", await newToken()], { check: false });
  assert.match(stderr, /is a member of the cluster with another key.*fleetctl machine remove/);
  await isUntouched(second);
  await setMachineID(second, own);
});

test("metadata of the token places units, and cannot be changed", async () => {
  const token = await newToken({ metadata: { zone: "a" } });
  await second.writeFile("/root/token", token);
  await second.run(["fleetctl", "join", address, "--token", "@/root/token"]);
  const id = await machineID(second);
  const listed = (await machines()).find((machine) => machine.id === id);
  assert.deepEqual([listed?.metadata["zone"], listed?.vouched], ["a", ["zone"]]);
  const refused = await server.run(["fleetctl", "metadata", "set", id, "zone=b"], { check: false });
  assert.match(refused.stderr, /vouched for zone=a/);
  await server.writeFile(
    "/root/there.service",
    "[Service]\nExecStart=/bin/sleep 100000\n[X-Fleet]\nMachineMetadata=zone=a\n",
  );
  await server.run(["fleetctl", "start", "/root/there.service"]);
  assert.equal(await second.isActive("there.service"), true);
});

test("a removed machine is cut off at once, stops its units, stays out, and may rejoin", async () => {
  const id = await machineID(second);
  await server.writeFile("/root/global.service", "[Service]\nExecStart=/bin/sleep 100000\n[X-Fleet]\nGlobal=true\n");
  await server.run(["fleetctl", "start", "/root/global.service"]);
  const isRunning = (unit: string): Promise<boolean> => second.isActive(unit);
  await waitFor("the global unit to run", () => isRunning("global.service"));
  // A machine that cannot know of its removal keeps its units running.
  await second.signal("fleet.service", "SIGSTOP");
  const began = Date.now();
  await server.run(["fleetctl", "machine", "remove", id, "--yes"]);
  const removed = Date.now();
  assert.ok(!(await machines()).some((machine) => machine.id === id));
  // By the time in the journal: on a busy machine, each command takes long.
  const cut = await waitFor("the server to cut the machine off", async () => {
    const { stdout } = await server.run(["journalctl", "--unit=fleet.service", "--output=short-unix", "--since=-1min"]);
    const line = stdout.split("\n").find((line) => line.includes(`membership of machine ${id} has ended`));
    return line === undefined ? undefined : 1_000 * parseFloat(line);
  });
  console.log(`the removal took ${removed - began} ms, and the session was cut ${cut - removed} ms after it`);
  // Far more than it takes: on a busy machine, the server waits for its turn.
  assert.ok(cut - removed < 5_000, `the cut came ${cut - removed} ms after the removal`);
  await waitFor("no unit to have the machine", async () => {
    const { stdout } = await server.run(["fleetctl", "list-units", "--no-legend", "--fields=unit,machine"]);
    return !stdout.includes(id.slice(0, 8));
  });
  const isOut = async (): Promise<void> => {
    await waitFor("the host to know, and to have stopped its units", async () => {
      const { stderr } = await second.run(["fleetctl", "list-machines"], { check: false });
      const units = await second.run(["ls", "/run/fleet/units"], { check: false });
      return /was removed from the cluster; to rejoin, run fleetctl join/.test(stderr) && units.stdout === "";
    });
    assert.deepEqual([await isRunning("there.service"), await isRunning("global.service")], [false, false]);
    const { stdout } = await second.run(["systemctl", "show", "--property=StatusText", "--value", "fleet.service"]);
    assert.match(stdout, new RegExp(`^machine ${id} was removed from the cluster; to rejoin, run fleetctl join`));
  };
  assert.deepEqual([await isRunning("there.service"), await isRunning("global.service")], [true, true]);
  await second.signal("fleet.service", "SIGCONT");
  await isOut();
  await second.run(["systemctl", "restart", "fleet.service"]);
  await isOut();
  const { stdout: journal } = await second.run(["journalctl", "--unit=fleet.service", "--output=cat", "--boot"]);
  assert.equal(journal.match(/this machine was removed from the cluster; stopping its units/g)?.length, 2, journal);
  const { stdout } = await second.run(["fleetctl", "join", address, "--token", await newToken()]);
  assert.match(stdout, /has joined the cluster/);
  await waitFor("the machine to be listed again", async () => (await machines()).some((machine) => machine.id === id));
  await waitFor("the global unit to run there again", () => isRunning("global.service"));
});

for (const offset of ["+1h", "-1h"])
  test(`a host whose clock is off by an hour (${offset}) joins with a token that is short by its own clock, and runs units`, async () => {
    const id = await machineID(second);
    await server.run(["fleetctl", "machine", "remove", id, "--yes"]);
    await waitFor("the host to know", async () => {
      const { stderr } = await second.run(["fleetctl", "list-machines"], { check: false });
      return /was removed from the cluster/.test(stderr);
    });
    const environment = await setClock(second, offset);
    const { stdout: time } = await second.run([...environment, "date", "+%s"]);
    assert.ok(Math.abs(Math.abs(Number(time) - Date.now() / 1_000) - 3_600) < 60, `its clock says ${time}`);
    const token = await newToken({ ttlSeconds: 60, metadata: { zone: "a" } });
    await second.run([...environment, "fleetctl", "join", address, "--token", token]);
    await waitFor("the unit to run on the host", async () => {
      const { stdout } = await server.run(["fleetctl", "list-units", "--no-legend", "--full"]);
      return new RegExp(`there\\.service\\s+${id}\\S*\\s+active`).test(stdout);
    });
    await server.run(["fleetctl", "restart", "there.service"]);
    const { stdout } = await second.run([...environment, "fleetctl", "status", "there.service"]);
    assert.match(stdout, /active \(running\)/);
  });

interface Listed {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly vouched?: readonly string[];
}

async function machines(): Promise<readonly Listed[]> {
  const { machines = [] } = (await askDaemon(server, "/fleet/v2/machines")) as {
    readonly machines?: readonly Listed[];
  };
  return machines;
}

/** What a join token allows, in addition to one use within an hour. */
interface TokenFields {
  readonly ttlSeconds?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

async function newToken(fields: TokenFields = {}): Promise<string> {
  const body = { kind: "join", ttlSeconds: 3_600, uses: 1, metadata: {}, server: false, ...fields };
  const { json } = await apiRequest(server, "/fleet/v2/tokens", { method: "POST", body });
  return (json as { readonly secret: string }).secret;
}

async function machineID(host: Host): Promise<string> {
  return (await host.run(["cat", "/etc/machine-id"])).stdout.trim();
}

async function setMachineID(host: Host, id: string): Promise<void> {
  // The file may be a mount of the container's manager.
  await host.run(["sh", "-c", "umount /etc/machine-id 2>/dev/null; echo $0 > /etc/machine-id", id]);
}

/** No failed attempt leaves a trace on the host. */
async function isUntouched(host: Host): Promise<void> {
  const { stdout } = await host.run(
    ["sh", "-c", "ls /var/lib/fleet /etc/fleet 2>/dev/null; systemctl is-active fleet.service fleet.socket"],
    {
      check: false,
    },
  );
  assert.doesNotMatch(stdout, /identity|joining|fleet\.conf/);
  assert.equal(stdout.match(/^inactive$/gm)?.length, 2, stdout);
}
