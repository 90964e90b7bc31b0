import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ClusterChange } from "@flotilla/registry";
import { ChangeLines } from "./change-lines.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function change(revision: number): ClusterChange {
  return { kind: "leader", revision, value: "m1" };
}

test("a batch is joined once, and each change is serialised once", () => {
  const lines = new ChangeLines("m1");
  const [one, two, three] = [change(1), change(2), change(3)];
  const bytes = lines.bytesOf([one, two]);
  assert.equal(bytes.toString().split("\n").length, 3);
  assert.equal(lines.bytesOf([one, two]), bytes);
  assert.equal(lines.bytesOf([one, two, three]).indexOf(bytes), 0);
  assert.equal(lines.bytesOf([two]).toString(), `${bytes.toString().split("\n")[1]}\n`);
});

test("a batch of more changes than kept lines is joined once, as for reconnecting streams", () => {
  const lines = new ChangeLines("m1");
  const batch = Array.from({ length: 5_000 }, (_, index) => change(index));
  assert.equal(lines.bytesOf(batch), lines.bytesOf([...batch]));
});

test("lines keep no change in memory, and neither do batches", async () => {
  const lines = new ChangeLines("m1");
  const batch = [change(1), change(2)];
  lines.bytesOf(batch);
  const kept = batch.splice(0).map((each) => new WeakRef(each));
  await setImmediate();
  collectGarbage();
  assert.deepEqual(
    kept.map((reference) => reference.deref()),
    [undefined, undefined],
  );
});
