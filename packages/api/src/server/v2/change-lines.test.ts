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

test("a batch is put together once, and each change is written out once", () => {
  const lines = new ChangeLines("m1");
  const [one, two, three] = [change(1), change(2), change(3)];
  const bytes = lines.bytesOf([one, two]);
  assert.equal(bytes.toString().split("\n").length, 3);
  assert.equal(lines.bytesOf([one, two]), bytes);
  assert.equal(lines.bytesOf([one, two, three]).indexOf(bytes), 0);
  assert.equal(lines.bytesOf([two]).toString(), `${bytes.toString().split("\n")[1]}\n`);
});

test("so is a batch of more changes than lines are kept, as for streams that come back", () => {
  const lines = new ChangeLines("m1");
  const batch = Array.from({ length: 5_000 }, (_, index) => change(index));
  assert.equal(lines.bytesOf(batch), lines.bytesOf([...batch]));
});

test("no change is kept for the sake of its line, nor one of its batch's", async () => {
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
