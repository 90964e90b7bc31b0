import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, ManualClock, silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { retry } from "./retry.ts";

const NEVER = new AbortController().signal;

test("retries outlast any outage", async () => {
  const clock = new ManualClock();
  let tries = 0;
  const done = retry({ clock, random: () => 0.5, log: silentLogger, what: "asking" }, NEVER, async () => {
    tries += 1;
    if (tries < 100) throw new StoreUnavailableError("The store is away.");
    return "answer";
  });
  await clock.advance(600_000);
  assert.equal(await done, "answer");
});

test("a programming error is logged with its stack each time, and thrown when it persists", async () => {
  const clock = new ManualClock();
  const stacks: unknown[] = [];
  const log = { ...silentLogger, error: (_: string, fields: LogFields = {}) => void stacks.push(fields["stack"]) };
  const fault = new TypeError("x is undefined");
  const done = assert.rejects(
    retry({ clock, random: () => 0.5, log, what: "asking" }, NEVER, () => Promise.reject(fault)),
    fault,
  );
  await clock.advance(60_000);
  await done;
  assert.equal(stacks.length, 4);
  for (const stack of stacks) assert.match(String(stack), /TypeError: x is undefined\n {4}at /);
});
