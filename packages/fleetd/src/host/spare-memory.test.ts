import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { giveBackSpareMemory } from "./spare-memory.ts";

const MIB = 1024 * 1024;

function daemon(startMib = 80) {
  const over = new AbortController();
  const clock = new ManualClock();
  const seen: string[] = [];
  const state = { resident: () => startMib * MIB, processorMs: 0 };
  const done = giveBackSpareMemory(
    {
      clock,
      resident: () => state.resident(),
      processor: () => state.processorMs,
      trim: () => void seen.push("trim"),
      collect: () => void seen.push("collect"),
    },
    over.signal,
  );
  return {
    /** Returns the actions at the next check. */
    look: async (resident: () => number, processorMs = 0): Promise<readonly string[]> => {
      state.resident = resident;
      state.processorMs += processorMs;
      await clock.advance(10_000);
      return seen.splice(0);
    },
    end: () => {
      over.abort();
      return done;
    },
  };
}

/** A daemon of 80 MiB that has collected the garbage of its start. */
async function settledDaemon() {
  const settled = daemon();
  for (let looks = 0; looks < 2; looks++) await settled.look(() => 80 * MIB);
  return settled;
}

/** Returns the actions of a settled daemon at each of these sizes, in MiB. */
async function doneAt(...sizes: readonly number[]): Promise<readonly (readonly (number | string)[])[]> {
  const { look, end } = await settledDaemon();
  const looks = [];
  for (const mib of sizes) looks.push([mib, ...(await look(() => mib * MIB))]);
  await end();
  return looks;
}

test("after its start, a daemon collects garbage twice, each time when it is idle", async () => {
  const { look, end } = daemon();
  const size = (): number => 80 * MIB;
  assert.deepEqual(await look(size, 5_000), []);
  assert.deepEqual(await look(size), ["collect", "trim"]);
  assert.deepEqual(await look(size, 5_000), []);
  assert.deepEqual(await look(size), ["collect", "trim"]);
  assert.deepEqual(await look(size), []);
  await end();
});

test("a daemon that is large from its start on collects no garbage then", async () => {
  const { look, end } = daemon(170);
  for (let looks = 0; looks < 3; looks++) assert.deepEqual(await look(() => 170 * MIB), []);
  await end();
});

test("free memory is returned after each change of size, and garbage is collected after a large growth", async () => {
  assert.deepEqual(await doneAt(83, 90, 92, 125, 200, 202, 150), [
    [83],
    [90, "trim"],
    [92],
    [125, "collect", "trim"],
    [200, "collect", "trim"],
    [202],
    [150, "trim"],
  ]);
});

test("a large daemon collects garbage after a growth by a sixth of its size", async () => {
  assert.deepEqual(await doneAt(600, 690, 700), [
    [600, "collect", "trim"],
    [690, "trim"],
    [700, "collect", "trim"],
  ]);
});

test("growth in small steps adds up", async () => {
  assert.deepEqual(await doneAt(88, 94, 100, 106), [
    [88, "trim"],
    [94, "trim"],
    [100, "collect", "trim"],
    [106, "trim"],
  ]);
});

test("a busy daemon returns memory when it is idle again", async () => {
  const { look, end } = await settledDaemon();
  assert.deepEqual(await look(() => 200 * MIB, 5_000), []);
  assert.deepEqual(await look(() => 200 * MIB), ["collect", "trim"]);
  await end();
});

test("a size that cannot be read without a free file descriptor is read again later", async () => {
  const { look, end } = await settledDaemon();
  const failing = (): number => {
    throw new Error("EMFILE");
  };
  assert.deepEqual(await look(failing), []);
  assert.deepEqual(await look(() => 90 * MIB), ["trim"]);
  await end();
});
