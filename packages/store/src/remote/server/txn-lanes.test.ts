import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { MemoryStore } from "../../memory/index.ts";
import type { Txn } from "../../port/index.ts";
import { TxnLanes } from "./txn-lanes.ts";

const { signal } = new AbortController();

test("a machine whose transactions fail does not split the joint transactions of the others", async () => {
  const clock = new ManualClock();
  let sent = 0;
  const before = async ({ type }: { readonly type: string }): Promise<void> => {
    if (type === "txn") sent += 1;
  };
  const lanes = new TxnLanes(new MemoryStore({ clock }).connect({ faults: { before } }), clock);
  const good = (machine: string): Txn => ({ onSuccess: [{ put: machine, value: "" }] });
  const bad: Txn = { compare: [{ key: "bad", modRevision: 7 }], onSuccess: [] };
  const round = async (): Promise<number> => {
    sent = 0;
    const machines = Array.from({ length: 20 }, (_, index) => `m${index}`);
    const goods = machines.map((machine) => lanes.txn(machine, good(machine), signal));
    const failing = await lanes.txn("bad", bad, signal);
    assert.equal(failing.succeeded, false);
    assert.ok((await Promise.all(goods)).every(({ succeeded }) => succeeded));
    return sent;
  };
  assert.equal(await round(), 22, "the first, the joint one, and each of its transactions");
  for (let again = 0; again < 3; again += 1)
    assert.equal(await round(), 3, "the first, the joint one, the failing one");
  await clock.advance(10_000);
  assert.equal(await round(), 22, "after a while a machine may share again");
});
