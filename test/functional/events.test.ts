import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { leaderOf, putFiles, SLEEPER } from "./running-units.ts";

const PORT = 49_153;

interface Event {
  readonly id: string;
  readonly kind: string;
  readonly unit?: string;
  readonly machine?: string;
  readonly from?: string;
  readonly sentence: string;
  readonly fact?: string;
  readonly cause?: string;
}

let cluster: Cluster;
/** Two servers that may lead, and one that follows the events through them. */
let leader: Host;
let other: Host;
let reader: Host;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 3,
    config: ({ name }) => ({
      agent_ttl: "5s",
      insecure_api: true,
      mass_loss_share: 1,
      ...(name === "h3" ? { disable_engine: true } : { metadata: "zone=a" }),
    }),
    install: ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/tcp.conf", `[Socket]\nListenStream=${PORT}\n`),
  });
  leader = await leaderOf(cluster);
  [other = leader] = cluster.hosts.filter((host) => host !== leader && host !== cluster.host(3));
  reader = cluster.host(3);
});
after(() => cluster?.down());

async function eventsAt(host: Host, ...args: readonly string[]): Promise<readonly Event[]> {
  const { stdout } = await cluster.fleetctl(host, ["events", "--output=json", "-n", "1000", ...args]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
}

/** Waits for one event, and returns it with the one that caused it. */
async function waitForEvent(wanted: Partial<Event>, host = reader): Promise<readonly [Event, Event | undefined]> {
  return waitFor(`an event with ${JSON.stringify(wanted)}`, async () => {
    const all = await eventsAt(host);
    const isWanted = (event: Event): boolean =>
      Object.entries(wanted).every(([name, value]) => event[name as keyof Event] === value);
    const found = all.find(isWanted);
    if (!found) return undefined;
    const cause = found.cause === undefined ? undefined : all.findLast(({ fact }) => fact === found.cause);
    return found.cause !== undefined && !cause ? undefined : ([found, cause] as const);
  });
}

test("starts, failures, moves, stops and lost machines are events with their causes, and a follower sees each once", async () => {
  const endpoint = `http://${leader.ip}:${PORT},http://${other.ip}:${PORT}`;
  await using following = reader.spawn(["fleetctl", `--endpoint=${endpoint}`, "events", "-f", "--output=json"], {
    timeoutMs: 0,
  });
  const followed: Event[] = [];
  const reading = (async () => {
    for await (const line of following.lines()) followed.push(JSON.parse(line) as Event);
  })();

  await putFiles(reader, {
    "web.service": `${SLEEPER}[X-Fleet]\nMachineMetadata=zone=a\n`,
  });
  await cluster.fleetctl(reader, ["start", "/tmp/units/web.service"]);
  const [placed, asked] = await waitForEvent({ kind: "placed", unit: "web.service" });
  assert.deepEqual([asked?.kind, asked?.sentence], ["act", "root asked to submit and start web.service"]);

  await putFiles(other, { "bad.service": "[Service]\nType=oneshot\nExecStart=/bin/false\n" });
  await cluster.fleetctl(other, ["start", "/tmp/units/bad.service"], { check: false });
  const [failed] = await waitForEvent({ kind: "failed", unit: "bad.service" });
  assert.match(failed.sentence, /^bad\.service on machine [0-9a-f]{8}\.\.\. failed: .*exit-code/);

  const home = placed.machine ?? "";
  await cluster.fleetctl(other, ["metadata", "set", home, "zone=b"]);
  const [moved, changed] = await waitForEvent({ kind: "moved", unit: "web.service" });
  assert.deepEqual([moved.from, changed?.kind, changed?.machine], [home, "act", home]);
  assert.match(changed?.sentence ?? "", /^root asked to change metadata: machine /);
  await cluster.fleetctl(other, ["metadata", "reset", home]);

  await cluster.fleetctl(reader, ["unload", "bad.service"]);
  const [, stopped] = await waitForEvent({ kind: "unplaced", unit: "bad.service" });
  assert.equal(stopped?.sentence, "root asked to unload bad.service");

  await waitFor("the follower to have these events", () =>
    followed.some(({ unit, kind }) => unit === "bad.service" && kind === "unplaced"),
  );
  const lostID = await leader.machineId();
  await leader.powerCut();
  await waitForEvent({ kind: "machine-lost", machine: lostID });
  await waitForEvent({ kind: "leader", machine: await other.machineId() });
  await waitFor("web.service to run on the other server", () => other.isActive("web.service"));
  if (moved.machine === lostID) {
    const [, lost] = await waitForEvent({ kind: "moved", unit: "web.service", from: lostID });
    assert.deepEqual([lost?.kind, lost?.machine], ["machine-lost", lostID]);
  }

  const [, last] = await Promise.all([
    cluster.fleetctl(reader, ["stop", "web.service"]),
    waitForEvent({ kind: "act", sentence: "root asked to stop web.service" }),
  ]);
  await waitFor("the follower to go on at the other server", () => followed.some(({ id }) => id === last[0].id));
  following.kill("SIGINT");
  await reading;
  const all = (await eventsAt(other)).map(({ id }) => id);
  const begun = all.indexOf(followed[0]?.id ?? "");
  const ended = all.indexOf(followed.at(-1)?.id ?? "");
  assert.deepEqual(
    followed.map(({ id }) => id),
    all.slice(begun, ended + 1),
    "each event once, in the order that the other server has",
  );

  const { stdout } = await cluster.fleetctl(reader, ["explain", "--history", "web.service"]);
  assert.match(stdout, /web\.service moves from machine .*\n +because root asked to change metadata/);
  assert.match(stdout, /web\.service goes to machine .*\n +because root asked to submit and start web\.service/);
});

test("a server that is stopped writes its last events first", async () => {
  await cluster.repair();
  await putFiles(other, { "last.service": SLEEPER });
  await cluster.fleetctl(other, ["submit", "/tmp/units/last.service"]);
  await other.run(["systemctl", "restart", "fleet.service"]);
  await waitForEvent({ kind: "act", sentence: "root asked to submit last.service" });
});

test("events are chosen by unit, by the names of machines, by kind and by time", async () => {
  const web = await eventsAt(reader, "web");
  assert.ok(web.length >= 4 && web.every(({ unit }) => unit === "web.service"));
  const moves = await eventsAt(reader, "--kind", "moved", "--since", "1h", "web");
  assert.ok(moves.length >= 1 && moves.every(({ kind }) => kind === "moved"));
  const id = await other.machineId();
  const ofOther = await eventsAt(reader, other.ip);
  assert.ok(ofOther.length > 0 && ofOther.every(({ machine, from }) => machine === id || from === id));
  const { stdout } = await cluster.fleetctl(reader, ["events", "-n", "3"]);
  assert.match(stdout, /^TIME +KIND +EVENT\n(\S+Z {2}\S+ +\S.*\n){3}$/);
});
