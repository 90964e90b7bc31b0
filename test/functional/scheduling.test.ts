import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Cluster, type Host, type ListedUnit, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { putFiles, SLEEPER } from "./running-units.ts";

let cluster: Cluster;
let first: Host;
before(async () => {
  const config = ({ name }: Host) => ({ agent_ttl: "5s", metadata: `name=${name},zone=${name === "h3" ? "b" : "a"}` });
  cluster = await Cluster.boot({ hosts: 3, config });
  first = cluster.host(1);
});
beforeEach(() => cluster.repair());
after(() => cluster.down());
afterEach(async () => {
  const { units = [] } = (await apiRequest(first, "/fleet/v1/units")).json as { units?: { readonly name: string }[] };
  if (units.length > 0) await cluster.fleetctl(first, ["destroy", ...units.map(({ name }) => name)]);
});

/** Returns the file of a unit that stays active, with these lines in its [X-Fleet] section. */
const asking = (...lines: readonly string[]): string => `${SLEEPER}\n[X-Fleet]\n${lines.join("\n")}\n`;

/** Starts units in sequence without waiting for them, so that each unit is placed after the previous ones. */
async function startInTurn(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const body = { file, desiredState: "launched" };
    const { status, text } = await apiRequest(first, `/fleet/v2/units/${name}`, { method: "PUT", body });
    assert.equal(status, 201, text);
  }
}

/** Returns the name and host of each active unit, sorted. */
async function active(): Promise<string[]> {
  return activeIn(await cluster.listUnits());
}

function activeIn(units: readonly ListedUnit[]): string[] {
  return units
    .filter((unit) => unit.active === "active")
    .map(({ unit, host }) => `${unit} ${host?.name}`)
    .toSorted();
}

async function waitForActive(count: number): Promise<Map<string, string | undefined>> {
  const units = await cluster.waitForUnits(
    `${count} active units`,
    (rows) => {
      const found = activeIn(rows);
      if (found.length !== count) throw new Error(`active units: ${found.join(", ")}`);
      return found;
    },
    { timeoutMs: 30_000 },
  );
  return new Map(units.map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1]]));
}

/** Returns the reasons why a unit is unplaced. */
async function reasons(unit: string): Promise<string> {
  const { json } = await apiRequest(first, `/fleet/v2/units/${unit}`);
  return (json as { readonly reasons?: readonly string[] }).reasons?.join("\n") ?? "";
}

async function leave(host: Host): Promise<void> {
  await host.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
}

async function comeBack(host: Host): Promise<void> {
  await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(cluster.hosts.length);
}

test("each unit goes to the machine with the fewest units, and among equals to the lowest machine ID", async () => {
  const names = ["a", "b", "c", "d", "e", "f"].map((letter) => `spread-${letter}.service`);
  await startInTurn(Object.fromEntries(names.map((name) => [name, SLEEPER])));
  const places = await waitForActive(6);
  const ids = new Map<string, Host>();
  for (const host of cluster.hosts) ids.set(await host.machineId(), host);
  const order = [...ids.keys()].toSorted().map((id) => ids.get(id)?.name);
  assert.deepEqual(
    names.map((name) => places.get(name)),
    [...order, ...order],
  );
});

test("MachineOf: two units share a machine, and move together when the machine leaves", async () => {
  const pairs = [0, 1, 2].flatMap((n) => [
    [`ping.${n}.service`, SLEEPER],
    [`pong.${n}.service`, asking(`MachineOf=ping.${n}.service`)],
  ]);
  await startInTurn(Object.fromEntries(pairs) as Record<string, string>);
  const before = await waitForActive(6);
  for (const n of [0, 1, 2]) assert.equal(before.get(`pong.${n}.service`), before.get(`ping.${n}.service`));
  const home = cluster.hosts.find(({ name }) => name === before.get("ping.1.service")) ?? assert.fail();
  if (home === first) first = cluster.host(2);
  await leave(home);
  await cluster.waitForMachines(2, first);
  await waitFor(
    "both units to run elsewhere",
    async () => {
      const units = (await cluster.listUnits(first)).filter(({ active }) => active === "active");
      const placeOf = (unit: string): Host | undefined => units.find((listed) => listed.unit === unit)?.host;
      return (
        units.length === 6 &&
        placeOf("ping.1.service") !== home &&
        placeOf("ping.1.service") === placeOf("pong.1.service")
      );
    },
    { timeoutMs: 30_000 },
  );
  await comeBack(home);
  first = cluster.host(1);
});

test("MachineOf: a follower moves with the named unit, and waits while that unit is unplaced", async () => {
  await startInTurn({
    "lead.service": asking("MachineMetadata=name=h2"),
    "side.service": asking("MachineOf=lead.service"),
  });
  assert.equal((await waitForActive(2)).get("side.service"), "h2");
  await putFiles(first, { "lead.service": asking("MachineMetadata=name=h3") });
  await cluster.fleetctl(first, ["start", "--replace", "/tmp/units/lead.service"]);
  await waitFor("both units to run on h3", async () => (await active()).join() === "lead.service h3,side.service h3", {
    timeoutMs: 20_000,
  });
  await cluster.fleetctl(first, ["unload", "lead.service"]);
  await waitForActive(0);
  assert.match(await reasons("side.service"), /MachineOf names lead\.service, which is inactive/);
});

test("Conflicts: of five conflicting units on three machines, two wait and say why, and one takes a machine that becomes free", async () => {
  const names = [0, 1, 2, 3, 4].map((n) => `conflict.${n}.service`);
  await startInTurn(Object.fromEntries(names.map((name) => [name, asking("Conflicts=conflict.*.service")])));
  const places = await waitForActive(3);
  assert.equal(new Set(places.values()).size, 3);
  const waiting = names.filter((name) => !places.has(name));
  assert.match(await reasons(waiting[0] ?? ""), /conflicts with conflict\.\d\.service/);
  const [gone = ""] = places.keys();
  await cluster.fleetctl(first, ["destroy", gone]);
  await waitFor("a waiting unit to take the free machine", async () => {
    const now = await active();
    return now.length === 3 && now.some((line) => waiting.includes(line.split(" ")[0] ?? ""));
  });
});

test("Conflicts: it is enough that one unit names the other, whichever comes first", async () => {
  const here = "MachineMetadata=name=h1";
  await startInTurn({ "avoids.service": asking(here, "Conflicts=plain.service"), "plain.service": asking(here) });
  await waitFor("the reason to be reported", async () =>
    /conflicts with avoids\.service/.test(await reasons("plain.service")),
  );
  await waitForActive(1);
  assert.deepEqual(await active(), ["avoids.service h1"]);
  await cluster.fleetctl(first, ["destroy", "avoids.service"]);
  assert.equal((await cluster.waitForActive("plain.service")).name, "h1");
  await startInTurn({ "avoids.service": asking(here, "Conflicts=plain.service") });
  await waitFor("the reason to be reported", async () =>
    /conflicts with plain\.service/.test(await reasons("avoids.service")),
  );
});

test("Conflicts: a line may name several units, and there may be several lines", async () => {
  await startInTurn({
    "m.0.service": asking("Conflicts=m.2.service m.1.service"),
    "m.1.service": asking("Conflicts=m.2.service", "Conflicts=m.0.service"),
    "m.2.service": SLEEPER,
  });
  assert.equal(new Set((await waitForActive(3)).values()).size, 3);
});

test("Replaces: the new unit takes the machine, and the old unit moves elsewhere", async () => {
  await startInTurn({ "old.service": SLEEPER });
  const place = (await waitForActive(1)).get("old.service");
  await startInTurn({ "new.service": asking("Replaces=old.service") });
  const places = await waitFor(
    "both units to be active on different machines",
    async () => {
      const now = new Map((await active()).map((line) => line.split(" ") as [string, string]));
      return now.size === 2 && now.get("new.service") === place && now.get("old.service") !== place;
    },
    { timeoutMs: 20_000 },
  );
  assert.equal(places, true);
});

test("Replaces in a cycle is ignored", async () => {
  await startInTurn({ "r0.service": asking("Replaces=r1.service"), "r1.service": asking("Replaces=r0.service") });
  const places = await waitForActive(2);
  assert.deepEqual([...places.keys()], ["r0.service", "r1.service"]);
});

test("MachineID: selects the machine with this full ID, also through a specifier in a template", async () => {
  await putFiles(first, { "pin@.service": asking("MachineID=%i") });
  const units: string[] = [];
  for (const host of cluster.hosts) units.push(`/tmp/units/pin@${await host.machineId()}.service`);
  await cluster.fleetctl(first, ["start", ...units]);
  for (const host of cluster.hosts) {
    assert.equal((await cluster.waitForActive(`pin@${await host.machineId()}.service`)).name, host.name);
  }
});

test("MachineMetadata: one value of each key must match, and specifiers are expanded", async () => {
  await startInTurn({
    "either.service": asking('MachineMetadata="name=h2" "name=h9"'),
    "both.service": asking("MachineMetadata=zone=a", "MachineMetadata=name=h1", "MachineMetadata=name=h3"),
    "neither.service": asking('MachineMetadata="zone=b" "name=h1"'),
  });
  await putFiles(first, { "meta@.service": asking("MachineMetadata=name=%i") });
  await cluster.fleetctl(first, ["submit", "/tmp/units/meta@.service"]);
  await cluster.fleetctl(first, ["start", "meta@h3.service", "meta@h2.service"]);
  const places = await waitForActive(4);
  assert.deepEqual(Object.fromEntries(places), {
    "both.service": "h1",
    "either.service": "h2",
    "meta@h2.service": "h2",
    "meta@h3.service": "h3",
  });
  assert.match(await reasons("neither.service"), /metadata/);
  const invalid = await cluster.fleetctl(first, ["start", "--block-attempts=20", "meta@h9.service"], { check: false });
  assert.equal(invalid.code, 1);
  assert.match(invalid.stderr, /name=h9/);
});

test("old spellings of options work", async () => {
  const id = await cluster.host(2).machineId();
  await startInTurn({
    "id.service": asking(`X-ConditionMachineID=${id}`),
    "boot.service": asking(`X-ConditionMachineBootID=${await cluster.host(3).machineId()}`),
    "of.service": asking("X-ConditionMachineOf=id.service"),
    "meta.service": asking("X-ConditionMachineMetadata=name=h1"),
    "no.service": asking("X-Conflicts=meta.service", "X-ConditionMachineMetadata=name=h1"),
  });
  assert.deepEqual(Object.fromEntries(await waitForActive(4)), {
    "boot.service": "h3",
    "id.service": "h2",
    "meta.service": "h1",
    "of.service": "h2",
  });
});

test("Global: the unit runs on every machine that metadata and conflicts allow, as these change", async () => {
  await startInTurn({
    "alone.service": asking("MachineMetadata=name=h1"),
    "some.service": asking("Global=true", "MachineMetadata=zone=a"),
    "beside.service": asking("Global=true", "Conflicts=alone.service"),
  });
  await waitForActive(5);
  const expected = ["alone.service h1", "beside.service h2", "beside.service h3", "some.service h1", "some.service h2"];
  assert.deepEqual(await active(), expected);
  await cluster.fleetctl(first, ["destroy", "alone.service"]);
  await waitForActive(5);
  assert.ok((await active()).includes("beside.service h1"));
});

test("Global: of two conflicting global units, the first keeps every machine", async () => {
  const text = asking("Global=true", "Conflicts=apart.*.service");
  await startInTurn({ "apart.0.service": text });
  await waitForActive(3);
  await startInTurn({ "apart.1.service": text });
  await waitFor("the reason to be reported", async () =>
    /conflicts with apart\.0\.service/.test(await reasons("apart.1.service")),
  );
  assert.deepEqual(
    await active(),
    cluster.hosts.map(({ name }) => `apart.0.service ${name}`),
  );
});

test("the [X-Fleet] section reaches systemd unchanged", async () => {
  const text = asking("MachineMetadata=name=h2", "Conflicts=nothing-*.service");
  await startInTurn({ "whole.service": text });
  const home = await cluster.waitForActive("whole.service");
  const { FragmentPath = "" } = await home.show("whole.service", "FragmentPath");
  assert.equal(await home.readFile(FragmentPath), text);
});

test("when a machine leaves, only its units move, and its copies stop", async () => {
  await cluster.addHosts({ hosts: 1, config: () => ({ agent_ttl: "5s" }) });
  const names = [0, 1, 2].map((n) => `move.${n}.service`);
  await startInTurn(Object.fromEntries(names.map((name) => [name, asking("Conflicts=move.*.service")])));
  const before = await waitForActive(3);
  const [unit = "", home] = [...before].find(([, host]) => host !== first.name) ?? [];
  const leaving = cluster.hosts.find(({ name }) => name === home) ?? assert.fail();
  await leave(leaving);
  await cluster.waitForMachines(3);
  await cluster.waitForActive(unit, { elsewhere: leaving });
  const after = await waitForActive(3);
  assert.equal(new Set(after.values()).size, 3, "two units share a machine");
  for (const name of names) if (name !== unit) assert.equal(after.get(name), before.get(name));
  assert.equal(await leaving.isActive(unit), false);
  await comeBack(leaving);
  assert.deepEqual(await waitForActive(3), after, "a unit moved back");
});

test("units do not move back to a machine that was lost and has returned", async () => {
  const names = [0, 1, 2].map((n) => `stay.${n}.service`);
  await startInTurn(Object.fromEntries(names.map((name) => [name, asking("Conflicts=stay.*.service")])));
  const before = await waitForActive(3);
  const [unit = "", home] = [...before].find(([, host]) => host !== first.name) ?? [];
  const lost = cluster.hosts.find(({ name }) => name === home) ?? assert.fail();
  await lost.powerCut();
  await cluster.waitForActive(unit, { elsewhere: lost, timeoutMs: 30_000 });
  await lost.powerOn();
  await cluster.waitForMachines(4);
  const after = await waitForActive(3);
  assert.deepEqual(
    names.filter((name) => before.get(name) !== after.get(name)),
    [unit],
  );
  assert.equal(await lost.isActive(unit), false);
});

test("when a machine leaves, a unit that can run nowhere else stops and waits, and its state disappears", async () => {
  const home = cluster.host(2);
  await startInTurn({ "pinned.service": asking(`MachineID=${await home.machineId()}`) });
  await waitForActive(1);
  await leave(home);
  await cluster.waitForMachines(3);
  await waitForActive(0);
  assert.equal(await home.isActive("pinned.service"), false);
  assert.match(await reasons("pinned.service"), /not in the cluster/);
  await comeBack(home);
  assert.equal((await cluster.waitForActive("pinned.service")).name, home.name);
});
