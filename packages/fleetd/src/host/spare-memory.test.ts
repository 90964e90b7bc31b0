import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { giveBackSpareMemory } from "./spare-memory.ts";

const MIB = 1024 * 1024;

function daemon(startMib = 30) {
  const over = new AbortController();
  const clock = new ManualClock();
  const seen: string[] = [];
  const state = { size: () => startMib * MIB, processorMs: 0 };
  const done = giveBackSpareMemory(
    {
      clock,
      size: () => state.size(),
      processor: () => state.processorMs,
      trim: () => void seen.push("trim"),
      collect: () => void seen.push("collect"),
      unmapProgram: () => void seen.push("unmap"),
    },
    over.signal,
  );
  return {
    /** Returns the actions at the next check. */
    look: async (size: () => number, processorMs = 0): Promise<readonly string[]> => {
      state.size = size;
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

/** A daemon of 30 MiB that has collected the garbage of its start. */
async function settledDaemon() {
  const settled = daemon();
  for (let looks = 0; looks < 2; looks++) await settled.look(() => 30 * MIB);
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

test("after its start, a daemon collects garbage twice when it is idle, then unmaps what only the start has used", async () => {
  const { look, end } = daemon();
  const size = (): number => 30 * MIB;
  assert.deepEqual(await look(size, 5_000), []);
  assert.deepEqual(await look(size), ["collect", "trim"]);
  assert.deepEqual(await look(size, 5_000), []);
  assert.deepEqual(await look(size), ["collect", "trim", "unmap"]);
  assert.deepEqual(await look(size), []);
  await end();
});

test("a daemon that is large from its start on collects no garbage then", async () => {
  const { look, end } = daemon(120);
  const looks = [];
  for (let count = 0; count < 3; count++) looks.push(await look(() => 120 * MIB));
  assert.deepEqual(looks, [[], ["unmap"], []]);
  await end();
});

test("free memory is returned after each change of size, and garbage is collected after a large growth", async () => {
  assert.deepEqual(await doneAt(33, 35, 38, 70, 145, 147, 95), [
    [33],
    [35, "trim"],
    [38, "collect", "trim"],
    [70, "collect", "trim"],
    [145, "collect", "trim"],
    [147],
    [95, "trim"],
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
  assert.deepEqual(await doneAt(32, 35, 36, 38, 40), [[32], [35, "trim"], [36], [38, "collect", "trim"], [40]]);
});

test("between bursts, a daemon collects garbage only after a larger growth than at rest", async () => {
  const { look, end } = await settledDaemon();
  assert.deepEqual(await look(() => 38 * MIB, 400), ["trim"]);
  assert.deepEqual(await look(() => 45 * MIB, 400), ["trim"]);
  assert.deepEqual(await look(() => 46 * MIB, 400), ["collect", "trim"]);
  assert.deepEqual(await look(() => 54 * MIB, 400), ["trim"]);
  assert.deepEqual(await look(() => 54 * MIB), ["collect", "trim"]);
  await end();
});

test("a busy daemon returns memory when it is idle again", async () => {
  const { look, end } = await settledDaemon();
  assert.deepEqual(await look(() => 150 * MIB, 5_000), []);
  assert.deepEqual(await look(() => 150 * MIB), ["collect", "trim"]);
  await end();
});

test("a size that cannot be read without a free file descriptor is read again later", async () => {
  const { look, end } = await settledDaemon();
  const failing = (): number => {
    throw new Error("EMFILE");
  };
  assert.deepEqual(await look(failing), []);
  assert.deepEqual(await look(() => 35 * MIB), ["trim"]);
  await end();
});
