import assert from "node:assert/strict";
import { test } from "node:test";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { StoreMoveRefusedError } from "./copy/copy-error.ts";
import { StoreMoves } from "./store-moves.ts";

function moves() {
  const { server } = memoryCluster();
  const store = server.connect();
  return { store, moves: new StoreMoves(store) };
}

test("a store that moves tells every server, and only one server may move it", async () => {
  const { moves: it } = moves();
  const signal = AbortSignal.timeout(10_000);
  const told = it.untilMoving(signal);
  await it.leave("m1", "etcd=http://e:2379");
  await told;
  await it.untilMoving(signal);
  assert.deepEqual(await it.read(), { is: "leaving", machineID: "m1", other: "etcd=http://e:2379" });
  await assert.rejects(it.leave("m2", "x"), StoreMoveRefusedError);
  await it.stay();
  assert.equal(await it.read(), undefined);
});

test("a copy goes into an empty store, or replaces what an unfinished copy has left", async () => {
  const { store, moves: it } = moves();
  await it.arrive("m1", "embedded=/a");
  await store.txn({ onSuccess: [{ put: "unit/a.service", value: "{}" }] });
  await it.arrive("m2", "embedded=/b");
  assert.deepEqual(
    (await store.range({ prefix: "" })).entries.map(({ key }) => key),
    [keys.move],
  );
  assert.equal((await it.read())?.machineID, "m2");
  await it.begin();
  await it.begin();
  assert.equal(await it.read(), undefined);
});

for (const [what, key, value] of [
  ["of a cluster", keys.unit("a.service"), "{}"],
  ["that is being copied", keys.move, JSON.stringify({ is: "leaving", machineID: "m1", other: "o" })],
  ["with an unreadable move", keys.move, "?"],
] as const)
  test(`a copy does not go into a store ${what}`, async () => {
    const { store, moves: it } = moves();
    await store.txn({ onSuccess: [{ put: key, value }] });
    await assert.rejects(it.arrive("m1", "o"), StoreMoveRefusedError);
    assert.equal((await store.range({ prefix: "" })).count, 1);
  });

test("a cluster may return to the store that it has left", async () => {
  const { store, moves: it } = moves();
  const many = Array.from({ length: 300 }, (_, index) => `unit/u${index}.service`);
  for (const put of many) await store.txn({ onSuccess: [{ put, value: "{}" }] });
  await it.goAway("m1", "o");
  await it.arrive("m1", "o");
  assert.deepEqual(
    (await store.range({ prefix: "" })).entries.map(({ key }) => key),
    [keys.move],
  );
});

test("a daemon that begins a cluster in the target between two steps keeps it", async () => {
  const { store, moves: it } = moves();
  const range = store.range.bind(store);
  let isBegun = false;
  store.range = async (request, signal) => {
    const page = await range(request, signal);
    if (request.prefix === "" && !isBegun) {
      isBegun = true;
      await store.txn({ onSuccess: [{ put: keys.authority, value: "{}" }] });
    }
    return page;
  };
  await assert.rejects(it.arrive("m1", "o"), StoreMoveRefusedError);
});

test("a change of the original during the copy is noticed; the mark of the move is not one", async () => {
  const { store, moves: it } = moves();
  await it.leave("m1", "o");
  const revision = await store.revision();
  assert.equal(await it.hasChanged(revision), false);
  await it.goAway("m1", "o");
  assert.equal(await it.hasChanged(revision), false);
  await store.txn({ onSuccess: [{ put: keys.unit("a.service"), value: "{}" }] });
  assert.equal(await it.hasChanged(revision), true);
});

test("a leader's key counts only under a lease", async () => {
  const { store, moves: it } = moves();
  assert.equal(await it.leader(), undefined);
  const value = JSON.stringify({ machineID: "m1" });
  await store.txn({ onSuccess: [{ put: keys.leader, value }] });
  assert.equal(await it.leader(), undefined);
  const { id } = await store.grantLease(undefined, 5_000);
  await store.txn({ onSuccess: [{ put: keys.leader, value, lease: id }] });
  assert.equal(await it.leader(), "m1");
});

test("the other servers are the machines that have not joined as agents, and the leader", async () => {
  const { store, moves: it } = moves();
  const { id: lease } = await store.grantLease(undefined, 5_000);
  const machine = (id: string): string => JSON.stringify({ id, primaryIP: `10.0.0.${id.slice(1)}` });
  const member = (server: boolean): string => JSON.stringify({ generation: "g", server });
  await store.txn({
    onSuccess: [
      ...["m1", "m2", "m3", "m4"].map((id) => ({ put: keys.machine(id), value: machine(id), lease })),
      // Left behind by another program: nothing runs there.
      { put: keys.machine("m5"), value: machine("m5") },
      { put: keys.member("m2"), value: member(false) },
      { put: keys.member("m3"), value: member(true) },
    ],
  });
  assert.deepEqual(await it.otherServers("m1"), ["m3 (10.0.0.3)", "m4 (10.0.0.4)"]);
  for (const leader of ["m1", "m6"]) {
    await store.txn({ onSuccess: [{ put: keys.leader, value: JSON.stringify({ machineID: leader }), lease }] });
    const added = leader === "m1" ? [] : ["m6"];
    assert.deepEqual(await it.otherServers("m1"), ["m3 (10.0.0.3)", "m4 (10.0.0.4)", ...added]);
  }
});
