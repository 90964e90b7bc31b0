import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { GatewayContact } from "./gateway-contact.ts";
import { heardSince } from "./heard-since.ts";

test("silence counts from the later of both: the store was reached again, and agents could reach this server", () => {
  const unbroken = { heardSince: undefined };
  assert.equal(heardSince(unbroken, undefined), undefined);
  assert.equal(heardSince(unbroken, unbroken), undefined);
  assert.equal(heardSince({ heardSince: 5 }, undefined), 5);
  assert.equal(heardSince(unbroken, { heardSince: 7 }), 7);
  assert.equal(heardSince({ heardSince: 5 }, { heardSince: 7 }), 7);
  assert.equal(heardSince({ heardSince: 9 }, { heardSince: 7 }), 9);
});

test("a gateway counts from its opening while the cluster has agents", async () => {
  const clock = new ManualClock();
  await clock.advance(1_000);
  const openedAt = clock.monotonic();
  let hasAgents = true;
  const contact = new GatewayContact(clock, () => hasAgents);
  await clock.advance(1_000);
  assert.equal(contact.heardSince, openedAt);
  hasAgents = false;
  assert.equal(contact.heardSince, undefined);
});
