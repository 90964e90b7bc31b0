import assert from "node:assert/strict";
import { test } from "node:test";
import { CompactedError } from "@flotilla/store";
import { ChangeHistory } from "./change-history.ts";
import type { ClusterChange } from "./cluster-change.ts";
import { SlowReaderError } from "./registry-error.ts";

function change(revision: number): ClusterChange {
  return { kind: "leader", revision, value: `r${revision}` };
}

async function take(changes: AsyncIterable<readonly ClusterChange[]>, count: number): Promise<number[]> {
  const revisions: number[] = [];
  for await (const batch of changes) {
    revisions.push(...batch.map(({ revision }) => revision));
    if (revisions.length >= count) break;
  }
  return revisions;
}

test("a follower receives past changes, then new changes", async () => {
  const history = new ChangeHistory(100);
  history.restart(10);
  history.add([change(11), change(12)]);
  const taken = take(history.follow(12, AbortSignal.timeout(5_000)), 3);
  history.add([change(13), change(14)]);
  assert.deepEqual(await taken, [12, 13, 14]);
});

test("a call to follow from a dropped revision fails at once", async () => {
  const history = new ChangeHistory(10);
  history.restart(10);
  assert.throws(() => history.follow(10, AbortSignal.timeout(5_000)), CompactedError);
  for (let revision = 11; revision < 60; revision++) history.add([change(revision)]);
  assert.throws(() => history.follow(20, AbortSignal.timeout(5_000)), CompactedError);
  assert.deepEqual(await take(history.follow(55, AbortSignal.timeout(5_000)), 5), [55, 56, 57, 58, 59]);
});

test("a reader that reads nothing is disconnected instead of buffered without limit", async () => {
  const history = new ChangeHistory(10);
  const reader = history.follow(1, AbortSignal.timeout(5_000));
  history.add([change(1)]);
  await reader.next();
  for (let revision = 2; revision < 60; revision++) history.add([change(revision)]);
  await assert.rejects(reader.next(), SlowReaderError);
});

test("a follower learns that a new listing skipped changes", async () => {
  const history = new ChangeHistory(10);
  const reader = history.follow(1, AbortSignal.timeout(5_000));
  history.add([change(1)]);
  await reader.next();
  const next = reader.next();
  history.restart(10);
  await assert.rejects(next, CompactedError);
});

test("a follower ends with its signal", async () => {
  const stop = new AbortController();
  const reader = new ChangeHistory(10).follow(1, stop.signal).next();
  stop.abort(new Error("enough"));
  await assert.rejects(reader, /enough/);
});

test("fewer changes of machines with much metadata are kept, and a reader that reads nothing is disconnected", async () => {
  const history = new ChangeHistory(5_000);
  history.restart(0);
  const stop = new AbortController();
  const first = history.follow(1, stop.signal).next();
  for (let revision = 1; revision <= 100; revision += 1) history.add([largeMachine(revision)]);
  assert.throws(() => history.follow(50, stop.signal), CompactedError);
  assert.deepEqual(await take(history.follow(100, stop.signal), 1), [100]);
  await assert.rejects(first, SlowReaderError);
  stop.abort();
});

function largeMachine(revision: number): ClusterChange {
  const machine = {
    ...{ id: "m1", primaryIP: "", version: "", peerPort: 0, bootID: "", capacity: { cpus: 1, memoryBytes: 1 } },
    ...{ joined: 1, metadata: { note: "x".repeat(1_000_000) } },
  };
  return { kind: "machine", machineID: machine.id, revision, value: machine };
}
