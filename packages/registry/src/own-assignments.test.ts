import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@flotilla/runtime";
import { keys } from "./keys.ts";
import { ASSIGNED, memoryCluster } from "./memory-cluster.fixture.ts";
import { OwnAssignments } from "./own-assignments.ts";

test("a malformed assignment key does not hide the removal of the unit's assignment", async () => {
  const { clock, store } = memoryCluster();
  const own = new OwnAssignments({ store, machineID: "m1", clock, random: () => 0.5, log: silentLogger });
  const told: string[][] = [];
  own.onChange((units) => told.push([...units]));
  const stop = new AbortController();
  const running = own.run(stop.signal);
  const key = keys.assignment("m1", "ok.service");
  const value = JSON.stringify(ASSIGNED);
  await store.txn({
    onSuccess: [
      { put: key, value },
      { put: `${key}/x`, value },
      { put: "assignment/m1/x", value },
    ],
  });
  await clock.advance(10);
  assert.deepEqual([...own.all.keys()], ["ok.service"]);
  await store.txn({ onSuccess: [{ delete: key }] });
  await clock.advance(10);
  assert.deepEqual([...own.all.keys()], []);
  assert.deepEqual(told.flat(), ["ok.service", "ok.service"]);
  stop.abort();
  await running;
});

test("an assignment in a copied store keeps the identity that it had in the original", async () => {
  const { clock, store } = memoryCluster();
  const own = new OwnAssignments({ store, machineID: "m1", clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const running = own.run(stop.signal);
  const [copied, later] = [keys.assignment("m1", "copied.service"), keys.assignment("m1", "later.service")];
  await store.txn({ onSuccess: [{ put: copied, value: JSON.stringify({ ...ASSIGNED, since: 7_000 }) }] });
  const { revision } = await store.txn({ onSuccess: [{ put: later, value: JSON.stringify(ASSIGNED) }] });
  await clock.advance(10);
  assert.equal(own.all.get("copied.service")?.since, 7_000);
  assert.equal(own.all.get("later.service")?.since, revision);
  stop.abort();
  await running;
});
