import assert from "node:assert/strict";
import { noEvents } from "@flotilla/model";
import { test, type TestContext } from "node:test";
import { AssignmentRegistry, LeaderSeat, UnitRegistry } from "@flotilla/registry";
import { Nudge, silentLogger } from "@flotilla/runtime";
import { Absences } from "../absence/absences.ts";
import type { Controller, WriteOutcome } from "../controller/controller.ts";
import { liveFeed } from "../fixture/live-feed.fixture.ts";
import { ControllerLoop } from "./controller-loop.ts";
import { Term } from "./term.ts";

test("no controller decides while the view has only a part of a replaced store's listing", async (t) => {
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
  const controller: Controller = {
    wakes: () => false,
    /** The store is replaced after the pass has looked at the view. */
    observe: async () => {
      if (server !== replaced) return;
      replaced = undefined;
      server.forgetAll();
      await fill(1_200);
      // A reader notices that the store was replaced.
      void feed.fresh(signal).catch(() => {});
      await half;
    },
    // oxlint-disable-next-line require-yield
    *steps() {
      seen.push(feed.isWhole && feed.view.units.size === 1_200);
      return [];
    },
    write: () => Promise.reject(new Error("there is nothing to write")),
    linesOf: () => [],
  };
  let replaced: typeof server | undefined = server;
  const common = {
    feed,
    machineID: "m9",
    nudge: new Nudge(),
    clock,
    log: silentLogger,
    events: noEvents,
    observer: {},
  };
  const loop = new ControllerLoop({
    ...common,
    controllers: [controller],
    term: new Term({ ...common, leadership: { term: 1 }, assignments: new AssignmentRegistry(store) }),
    absences: new Absences({ heardSince: () => undefined, settleMs: 30_000, machineTtlMs: 30_000 }),
  });
  let isOver = false;
  void loop.pass(signal).then(() => (isOver = true));
  for (let waited = 0; !isOver && waited < 30_000; waited += 10) await clock.advance(10);
  assert.ok(isOver);
  assert.deepEqual(seen, [true]);
});

/** A controller that decides `times` times, and writes with this outcome. */
function scripted(name: string, outcome: WriteOutcome, times: number, told: string[]): Controller {
  let left = times;
  return {
    wakes: () => false,
    // oxlint-disable-next-line require-yield
    *steps() {
      told.push(`${name} decides`);
      return left-- > 0 ? [{ kind: name, reason: { code: name }, sentence: name }] : [];
    },
    write: async () => {
      told.push(`${name} ${outcome}`);
      return outcome;
    },
    linesOf: () => [],
  };
}

async function loopOf(t: TestContext, script: (told: string[]) => readonly Controller[]) {
  const { clock, store, feed, signal } = liveFeed(t);
  const leadership = await new LeaderSeat(store).take("m9", await store.grant(10_000));
  assert.ok(leadership);
  const told: string[] = [];
  const common = {
    feed,
    machineID: "m9",
    nudge: new Nudge(),
    clock,
    log: silentLogger,
    events: noEvents,
    observer: {},
  };
  common.nudge.poke = () => void told.push("poke");
  const loop = new ControllerLoop({
    ...common,
    controllers: script(told),
    term: new Term({ ...common, leadership, assignments: new AssignmentRegistry(store) }),
    absences: new Absences({ heardSince: () => undefined, settleMs: 30_000, machineTtlMs: 30_000 }),
  });
  t.after(() => loop.close());
  return { clock, loop, told, pass: () => loop.pass(signal) };
}

async function passOver(t: TestContext, script: (told: string[]) => readonly Controller[]): Promise<string> {
  const { told, pass } = await loopOf(t, script);
  await pass();
  return told.join(", ");
}

test("controllers decide in order; the first that writes ends the pass, and the others get another one at once", async (t) => {
  const told = await passOver(t, (log) => [
    scripted("one", "written", 0, log),
    scripted("two", "written", 1, log),
    scripted("three", "written", 1, log),
  ]);
  assert.equal(told, "one decides, two decides, two written, poke");
});

test("a controller whose decisions are outdated does not hold up the others, which decide on a new snapshot", async (t) => {
  const told = await passOver(t, (log) => [
    scripted("one", "written", 0, log),
    scripted("two", "outdated", 1, log),
    scripted("three", "written", 1, log),
  ]);
  assert.equal(told, "one decides, two decides, two outdated, one decides, three decides, three written, poke");
});

test("a controller that must try again gets another pass at once, after the others had their turn", async (t) => {
  const told = await passOver(t, (log) => [scripted("one", "retry", 1, log), scripted("two", "written", 0, log)]);
  assert.equal(told, "one decides, one retry, poke, two decides");
});

test("the leader wakes up at the earliest time at which a controller is due", async (t) => {
  const { clock, told, pass } = await loopOf(t, (log) => [
    { ...scripted("one", "written", 0, log), dueAt: 5_000 },
    { ...scripted("two", "written", 0, log), dueAt: 2_000 },
  ]);
  await pass();
  told.length = 0;
  await clock.advance(1_999);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ["poke"]);
});

test("a loop that is closed no longer wakes the leader", async (t) => {
  const { clock, loop, told, pass } = await loopOf(t, (log) => [
    { ...scripted("one", "written", 0, log), dueAt: 2_000 },
  ]);
  await pass();
  loop.close();
  told.length = 0;
  await clock.advance(10_000);
  assert.deepEqual(told, []);
});

test("the snapshot shows what a controller with nothing to read observed", async (t) => {
  const { loop, told, pass } = await loopOf(t, (log) => [
    {
      ...scripted("one", "written", 0, log),
      observe: () => {
        log.push("one observes");
        // A change that arrives before anything that waits can continue.
        queueMicrotask(() => loop.note([{ kind: "machine", machineID: "m1", value: undefined, revision: 9 }]));
        return undefined;
      },
      note: ({ kind }) => void (kind === "machine" && log.push("one takes in the change")),
    },
    scripted("two", "written", 0, log),
  ]);
  await pass();
  assert.deepEqual(told, ["one observes", "one decides", "two decides"]);
});
