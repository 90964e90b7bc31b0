import assert from "node:assert/strict";
import { test } from "node:test";
import type { AssignmentStep } from "@flotilla/model";
import { MAX_TXN_OPS } from "@flotilla/store";
import { AssignmentRegistry, fits } from "./assignment-registry.ts";
import { LeaderSeat } from "./leadership.ts";
import { ASSIGNED, memoryCluster } from "./memory-cluster.fixture.ts";

const { since: noIdentity, ...ASSIGNED_ORDER } = ASSIGNED;
assert.equal(noIdentity, 0);

function step(unit: string, basis: AssignmentStep["basis"] = [{ unit, revision: 0 }]): AssignmentStep {
  return { writes: [{ action: "assign", unit, machineID: "m", record: ASSIGNED_ORDER }], basis };
}

async function leading() {
  const { store } = memoryCluster();
  const term = await new LeaderSeat(store).take("m", await store.grant(10_000));
  assert.ok(term);
  return { store, term, assignments: new AssignmentRegistry(store) };
}

test("a transaction contains as many steps as the store accepts", async () => {
  const { term, assignments } = await leading();
  const steps = Array.from({ length: 300 }, (_, index) => step(`u${index}.service`));
  const count = fits(steps, steps.length);
  assert.equal(count, MAX_TXN_OPS - 1, "one compare is the fence");
  assert.equal((await assignments.apply(term, steps.slice(0, count))).applied, true);
  assert.equal(fits(steps, 10), 10);
});

test("steps with the same basis compare that basis once", () => {
  const shared = { machine: "m", joined: 1 } as const;
  const steps = Array.from({ length: 128 }, (_, index) => step(`u${index}.service`, [shared]));
  assert.equal(fits(steps, steps.length), MAX_TXN_OPS);
});

test("an outdated basis rejects the whole transaction", async () => {
  const { store, term, assignments } = await leading();
  await store.txn({ onSuccess: [{ put: "unit/b.service", value: "{}" }] });
  const result = await assignments.apply(term, [step("a.service"), step("b.service")]);
  assert.equal(result.applied, false);
  assert.equal((await store.range({ prefix: "assignment/" })).count, 0);
});

test("the clean-up deletes unnamed files, and no file when one of them was written meanwhile", async () => {
  const { store, term, assignments } = await leading();
  const { revision } = await store.txn({
    onSuccess: [
      { put: "file/old", value: "1" },
      { put: "file/again", value: "2" },
    ],
  });
  const again = await store.txn({ onSuccess: [{ put: "file/again", value: "2" }] });
  const before = new Map([
    ["old", revision],
    ["again", revision],
  ]);
  assert.equal((await assignments.deleteFiles(term, before)).applied, false);
  assert.equal((await store.range({ prefix: "file/" })).count, 2);
  const now = new Map([...before, ["again", again.revision]]);
  assert.equal((await assignments.deleteFiles(term, now)).applied, true);
  assert.equal((await store.range({ prefix: "file/" })).count, 0);
});

test("a write keeps the identity of the assignment that it changes, and gives none to a new one", async () => {
  const { store, term, assignments } = await leading();
  const written = async (since: number | undefined): Promise<unknown> => {
    const write = { action: "assign", unit: "a.service", machineID: "m", record: ASSIGNED_ORDER } as const;
    const writes = [since === undefined ? write : { ...write, since }];
    assert.equal((await assignments.apply(term, [{ writes, basis: [] }])).applied, true);
    const [entry] = (await store.range({ prefix: "assignment/" })).entries;
    return (JSON.parse(entry?.value ?? "") as { since?: number }).since;
  };
  assert.equal(await written(undefined), undefined);
  assert.equal(await written(7_000), 7_000);
});
