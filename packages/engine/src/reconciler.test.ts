import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentRegistry, UnitRegistry } from "@flotilla/registry";
import { Nudge, silentLogger } from "@flotilla/runtime";
import { KeptPlan } from "./kept-plan.ts";
import { liveFeed } from "./live-feed.fixture.ts";
import { Patience } from "./patience.ts";
import { Reconciler } from "./reconciler.ts";

test("nothing is decided while another store's listing is half taken in", async (t) => {
  const { clock, server, store, feed, signal } = liveFeed(t);
  const units = new UnitRegistry(store);
  const fill = async (count: number): Promise<void> => {
    await store.txn({ onSuccess: [{ put: "engine/leader", value: JSON.stringify({ machineID: "m9" }) }] });
    const text = `[Service]\nExecStart=/bin/sleep ${count}\n`;
    const names = Array.from({ length: count }, (_, index) => `a${index}.service`);
    await Promise.all(names.map((name) => units.edit(name, () => ({ action: "write", text, desired: "inactive" }))));
  };
  await fill(1_500);
  await feed.fresh(signal);
  const half = new Promise<void>((resolve) => feed.onChange(() => feed.isWhole || resolve()));
  const seen: boolean[] = [];
  /** Between the look at the view and the decision upon it the store is exchanged. */
  const rollCall = {
    refresh: async (): Promise<void> => {
      server.forgetAll();
      await fill(1_200);
      // Whoever asks notices that the store is another.
      void feed.fresh(signal).catch(() => {});
      await half;
    },
    isCalled: (): boolean => {
      seen.push(feed.isWhole && feed.view.units.size === 1_200);
      return true;
    },
    call: () => Promise.reject(new Error("the attendance is called already")),
  };
  const reconciler = new Reconciler({
    assignments: new AssignmentRegistry(store),
    leadership: { term: 1 },
    machineID: "m9",
    feed,
    rollCall,
    patience: new Patience({ clock, exclusiveMs: 60_000, machineTtlMs: 30_000 }),
    plan: new KeptPlan({ interval: 60_000, clock, log: silentLogger }),
    nudge: new Nudge(),
    log: silentLogger,
  });
  let idle: boolean | undefined;
  void reconciler.pass(signal).then((result) => (idle = result));
  for (let waited = 0; idle === undefined && waited < 30_000; waited += 10) await clock.advance(10);
  assert.equal(idle, true);
  assert.deepEqual(seen, [true]);
});
