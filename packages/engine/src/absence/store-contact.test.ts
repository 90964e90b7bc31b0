import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { StoreContact } from "./store-contact.ts";

test("contact with the store counts from when the store was regained", async () => {
  const clock = new ManualClock();
  const contact = new StoreContact(clock);
  const heardSince = async (reached: boolean): Promise<number | undefined> => {
    await clock.advance(1_000);
    contact.note(reached);
    return contact.heardSince;
  };
  const begun = clock.monotonic();
  assert.equal(contact.heardSince, undefined);
  assert.equal(await heardSince(true), undefined);
  assert.equal(await heardSince(false), begun + 2_000);
  assert.equal(await heardSince(false), begun + 3_000);
  assert.equal(await heardSince(true), begun + 4_000);
  assert.equal(await heardSince(true), begun + 4_000);
});
