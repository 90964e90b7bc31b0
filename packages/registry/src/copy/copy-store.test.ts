import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { attemptsOf } from "@flotilla/model";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { LeaseCalls, Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { continued } from "../continued.ts";
import { ClusterReplica } from "../cluster-replica.ts";
import type { ClusterView } from "../cluster-view.ts";
import { keys } from "../keys.ts";
import { ASSIGNED, HELLO } from "../memory-cluster.fixture.ts";
import { UnitRegistry } from "../unit-registry.ts";
import { CopyDiffersError } from "./copy-error.ts";
import { copyStore } from "./copy-store.ts";

const signal = AbortSignal.timeout(60_000);
const TTL_MS = 30_000;

interface Lab {
  readonly clock: ManualClock;
  readonly from: Store & LeaseCalls;
  readonly to: Store & LeaseCalls;
}

/** An original with one machine, a restarted unit, a finished unit with failed attempts, and an expired history. */
async function lab(t: TestContext): Promise<Lab> {
  const clock = new ManualClock();
  const servers = [new MemoryStore({ clock }), new MemoryStore({ clock })] as const;
  t.after(() => servers.forEach((server) => server.close()));
  const [from, to] = [continued(servers[0].connect()), servers[1].connect()];
  const units = new UnitRegistry(from);
  for (const name of ["a.service", "b.service"])
    await units.edit(name, () => ({ action: "write", text: HELLO, desired: "launched" }));
  await units.edit("a.service", () => ({ action: "write", desired: "launched", restart: 900 }));
  const { id } = await from.grantLease("4611686018427387904", TTL_MS);
  const machine = { id: "m1", primaryIP: "", metadata: {}, version: "", peerPort: 1, bootID: "" };
  await from.txn({
    onSuccess: [
      { put: keys.machine("m1"), value: JSON.stringify(machine), lease: id },
      { put: keys.publisher("m1"), value: "", lease: id },
      { put: keys.assignment("m1", "a.service"), value: JSON.stringify({ ...ASSIGNED, restart: 900 }) },
    ],
  });
  await from.txn({ onSuccess: [{ put: keys.assignment("m1", "b.service"), value: JSON.stringify(ASSIGNED) }] });
  await from.txn({ onSuccess: [{ put: keys.assignment("m1", "b.service"), value: JSON.stringify(ASSIGNED) }] });
  await from.txn({ onSuccess: [{ put: keys.assignment("m1", "broken.service"), value: "{" }] });
  const [unit] = (await from.range({ prefix: keys.unit("b.service"), exact: true })).entries;
  const failed = [{ machineID: "m0", since: 3, at: 1, reason: "r" }];
  const attempts = { unitRevision: unit?.modRevision, failed };
  await from.txn({
    onSuccess: [
      { put: keys.attempts("b.service"), value: JSON.stringify(attempts) },
      { put: "later/kind", value: "kept" },
      { put: keys.events("m9", "5"), value: JSON.stringify({ events: [{ time: 1, kind: "act", sentence: "s" }] }) },
      { put: keys.events("m9", "6"), value: "{" },
      { put: keys.leader, value: JSON.stringify({ machineID: "m9" }) },
      { put: keys.move, value: "{}" },
    ],
  });
  return { clock, from, to };
}

async function viewOf(store: Store): Promise<ClusterView> {
  const replica = new ClusterReplica(silentLogger);
  const { entries, revision } = await store.range({ prefix: "" });
  replica.apply(
    entries.map((entry) => ({ type: "put", entry })),
    revision,
  );
  return replica.view;
}

const factsOf = async (store: Store): Promise<unknown> => {
  const view = await viewOf(store);
  return {
    since: ["a.service", "b.service"].map((name) => view.assignments.get(name)?.get("m1")?.since),
    restart: view.units.get("a.service")?.restart,
    attempts: [...view.units.values()].map((unit) => attemptsOf(unit, view)),
    machines: [...view.machines.keys()],
    events: view.events.batches.map(({ key, order }) => [key, order]),
    broken: [...view.brokenAssignments].map(({ unit }) => unit),
  };
};

test("a copy has every assignment's identity, every restart, every failed attempt and every lease", async (t) => {
  const { clock, from, to } = await lab(t);
  const before = await factsOf(from);
  const revision = await copyStore({ from, to, onProgress: () => {} }, signal);
  const copy = continued(to);
  assert.deepEqual(await factsOf(copy), before);
  assert.ok((await copy.revision()) > revision, "no revision is used twice");
  const { entries } = await copy.range({ prefix: "" });
  assert.ok(entries.every(({ createRevision }) => createRevision > revision));
  const names = entries.map(({ key }) => key);
  assert.deepEqual(
    names.filter((key) => [keys.leader, keys.move].includes(key as never)),
    [],
  );
  assert.ok(names.includes("later/kind"));
  const machine = entries.find(({ key }) => key === keys.machine("m1"));
  assert.ok(await copy.resume(machine?.lease ?? "", TTL_MS), "the machine's daemon continues with its lease");
  await clock.advance(TTL_MS * 2);
  const left = await continued(to).range({ prefix: keys.publisher("m1"), exact: true });
  assert.equal(left.entries.length, 1, "the resumed lease is renewed");
});

test("a copy of a copy is as exact, and its revisions are higher still", async (t) => {
  const { clock, from, to } = await lab(t);
  const before = await factsOf(from);
  await copyStore({ from, to, onProgress: () => {} }, signal);
  const middle = continued(to);
  const third = new MemoryStore({ clock });
  t.after(() => third.close());
  const revision = await copyStore({ from: middle, to: third.connect(), onProgress: () => {} }, signal);
  const last = continued(third.connect());
  assert.deepEqual(await factsOf(last), before);
  assert.ok((await last.revision()) > revision);
});

test("progress counts every key twice: once copied, once compared", async (t) => {
  const { from, to } = await lab(t);
  const told: [number, number][] = [];
  await copyStore({ from, to, onProgress: (done, of) => told.push([done, of]) }, signal);
  assert.ok(told.length >= 2);
  const [done, of] = told.at(-1) ?? [0, 1];
  assert.ok(done > of * 0.7 && done <= of, `${done} of ${of}`);
});

for (const [what, change] of [
  ["another value", { put: keys.unit("a.service"), value: "{}" }],
  ["a key too many", { put: "zzz/more", value: "" }],
  ["a missing key", { delete: keys.unit("b.service") }],
  ["no lease", { put: keys.publisher("m1"), value: "" }],
] as const)
  test(`a copy with ${what} is refused`, async (t) => {
    const { from, to } = await lab(t);
    let isChanged = false;
    const txn = to.txn.bind(to);
    to.txn = async (request, each) => {
      const result = await txn(request, each);
      // The last write of the copy holds the attempts.
      if (!isChanged && JSON.stringify(request).includes(keys.attempts("b.service"))) {
        isChanged = true;
        await txn({ onSuccess: [change] });
      }
      return result;
    };
    await assert.rejects(copyStore({ from, to, onProgress: () => {} }, signal), CopyDiffersError);
  });
