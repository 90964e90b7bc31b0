import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { giveBackSpareMemory } from "./spare-memory.ts";

const MIB = 1024 * 1024;

function daemon() {
  const over = new AbortController();
  const clock = new ManualClock();
  const seen: string[] = [];
  const state = { resident: () => 80 * MIB, processorMs: 0 };
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
    /** @returns what was done at the next look. */
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

test("free memory is given back after each change of size, and garbage collected after a large growth", async () => {
  const { look, end } = daemon();
  const looks = [];
  for (const mib of [83, 90, 92, 125, 200, 202, 150]) looks.push([mib, ...(await look(() => mib * MIB))]);
  assert.deepEqual(looks, [
    [83],
    [90, "trim"],
    [92],
    [125, "collect", "trim"],
    [200, "collect", "trim"],
    [202],
    [150, "trim"],
  ]);
  await end();
});

test("a daemon with much to do is left alone until it is at rest", async () => {
  const { look, end } = daemon();
  assert.deepEqual(await look(() => 200 * MIB, 5_000), []);
  assert.deepEqual(await look(() => 200 * MIB), ["collect", "trim"]);
  await end();
});

test("a size that cannot be read for want of a file descriptor is read again later", async () => {
  const { look, end } = daemon();
  const failing = (): number => {
    throw new Error("EMFILE");
  };
  assert.deepEqual(await look(failing), []);
  assert.deepEqual(await look(() => 90 * MIB), ["trim"]);
  await end();
});
