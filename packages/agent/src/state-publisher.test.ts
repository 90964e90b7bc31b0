import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnitState } from "@flotilla/model";
import type { StateClaim } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { StatePublisher } from "./state-publisher.ts";

const ACTIVE: UnitState = {
  ...{ name: "a.service", machineID: "m", hash: "h", load: "loaded", active: "active", sub: "running" },
  ...{ launched: true, restarted: 0, secrets: 0, gaveUp: false, cleared: 0, problem: "" },
};
const INACTIVE: UnitState = { ...ACTIVE, active: "inactive", sub: "dead" };

/** A registry whose answers the test controls. */
class Registry {
  readonly stored = new Map<string, UnitState>();
  readonly writes: string[][] = [];
  claims = 0;
  #gate: PromiseWithResolvers<void> | undefined;

  async claim(lease: string): Promise<StateClaim> {
    this.claims += 1;
    return { lease, revision: this.claims };
  }

  async published(): Promise<Map<string, UnitState>> {
    return new Map(this.stored);
  }

  async publish(states: ReadonlyMap<string, UnitState | undefined>, { revision }: StateClaim): Promise<void> {
    this.writes.push([...states.keys()]);
    await this.#gate?.promise;
    if (revision !== this.claims) throw new Error("claimed again since");
    this.take(states);
  }

  take(states: ReadonlyMap<string, UnitState | undefined>): void {
    for (const [unit, state] of states) {
      if (state) this.stored.set(unit, state);
      else this.stored.delete(unit);
    }
  }

  hold(): PromiseWithResolvers<void> {
    this.#gate = Promise.withResolvers();
    return this.#gate;
  }
}

async function withPublisher(
  stored: readonly UnitState[],
  work: (here: { registry: Registry; publisher: StatePublisher; clock: ManualClock }) => Promise<void>,
  isBusy: () => boolean = () => false,
): Promise<void> {
  const clock = new ManualClock();
  const registry = new Registry();
  for (const state of stored) registry.stored.set(state.name, state);
  const publisher = new StatePublisher({ states: registry, isBusy, clock, random: () => 0.5, log: silentLogger });
  publisher.set("a.service", ACTIVE);
  const stop = new AbortController();
  const running = publisher.run("1", stop.signal);
  await clock.advance(1);
  await work({ registry, publisher, clock });
  stop.abort();
  await running;
}

test("publisher: an unchanged state is not written again", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    publisher.set("a.service", { ...ACTIVE });
    await clock.advance(1);
    assert.deepEqual(registry.writes, []);
  }));

test("publisher: outdated states of an earlier process are corrected or deleted", () =>
  withPublisher([INACTIVE, { ...ACTIVE, name: "gone.service" }], async ({ registry }) => {
    assert.deepEqual([...registry.stored], [["a.service", ACTIVE]]);
    assert.equal(registry.writes.length, 1);
  }));

test("publisher: states that another client changes are restored with the next change, at most once a minute", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    publisher.set("b.service", { ...ACTIVE, name: "b.service" });
    await clock.advance(1);
    registry.stored.delete("a.service");
    registry.stored.set("b.service", { ...INACTIVE, name: "b.service" });
    registry.stored.set("c.service", { ...ACTIVE, name: "c.service" });
    for (let second = 0; second < 61; second += 1) {
      publisher.set("d.service", { ...(second % 2 ? ACTIVE : INACTIVE), name: "d.service" });
      await clock.advance(1_000);
    }
    assert.deepEqual([...registry.stored.keys()].sort(), ["a.service", "b.service", "d.service"]);
    assert.equal(registry.stored.get("b.service")?.active, "active");
    assert.equal(registry.claims, 1);
  }));

test("publisher: changes during a write go into the next one, with the latest state of each unit", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    const gate = registry.hold();
    publisher.set("a.service", INACTIVE);
    await clock.advance(1);
    publisher.set("a.service", ACTIVE);
    publisher.set("b.service", { ...ACTIVE, name: "b.service" });
    publisher.set("c.service", { ...ACTIVE, name: "c.service" });
    publisher.set("c.service", undefined);
    await clock.advance(1);
    assert.deepEqual(registry.writes, [["a.service"]]);
    gate.resolve();
    await clock.advance(1);
    assert.deepEqual(registry.writes, [["a.service"], ["a.service", "b.service"]]);
    assert.equal(publisher.backlog, 0);
  }));

test("publisher: a failed write that took effect is overwritten", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    const gate = registry.hold();
    publisher.set("a.service", INACTIVE);
    await clock.advance(1);
    registry.take(new Map([["a.service", INACTIVE]]));
    // Back to the last known published state.
    publisher.set("a.service", ACTIVE);
    gate.reject(new Error("no answer"));
    await clock.advance(10);
    registry.hold().resolve();
    await clock.advance(10_000);
    assert.deepEqual(registry.stored.get("a.service"), ACTIVE);
  }));

test("publisher: after a failed write, earlier requests cannot take effect", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    const gate = registry.hold();
    publisher.set("a.service", INACTIVE);
    await clock.advance(1);
    assert.equal(registry.claims, 1);
    gate.reject(new Error("no answer"));
    registry.hold().resolve();
    await clock.advance(10_000);
    assert.equal(registry.claims, 2);
    assert.deepEqual(registry.stored.get("a.service"), INACTIVE);
  }));

test("publisher: states that another process has published meanwhile are read again and corrected", () =>
  withPublisher([ACTIVE], async ({ registry, publisher, clock }) => {
    await registry.claim("1");
    registry.take(new Map([["a.service", { ...ACTIVE, problem: "another's" }]]));
    publisher.set("b.service", { ...ACTIVE, name: "b.service" });
    await clock.advance(10_000);
    assert.deepEqual(
      [...registry.stored],
      [
        ["a.service", ACTIVE],
        ["b.service", { ...ACTIVE, name: "b.service" }],
      ],
    );
  }));

/** Time in milliseconds until a change is published while other units have tasks under way. */
async function publishedAfter(
  { registry, publisher, clock }: { registry: Registry; publisher: StatePublisher; clock: ManualClock },
  state: UnitState,
): Promise<number> {
  const writes = registry.writes.length;
  publisher.set(state.name, state);
  for (let waited = 0; waited <= 1_000; waited += 10) {
    await clock.advance(0);
    if (registry.writes.length > writes) return waited;
    await clock.advance(10);
  }
  throw new Error("the state is not published");
}

test("publisher: while units are busy, changes are batched for 50 ms, and longer after a slow write", () =>
  withPublisher(
    [ACTIVE],
    async (here) => {
      assert.equal(await publishedAfter(here, INACTIVE), 50);
      for (const [tookMs, gathered] of [
        [1, 50],
        [12, 120],
        [300, 250],
      ] as const) {
        const gate = here.registry.hold();
        await publishedAfter(here, { ...ACTIVE, problem: `before ${tookMs}` });
        await here.clock.advance(tookMs);
        gate.resolve();
        assert.equal(await publishedAfter(here, { ...INACTIVE, problem: `after ${tookMs}` }), gathered);
      }
    },
    () => true,
  ));

test("publisher: a batch is written once no unit is busy", () => {
  let isBusy = true;
  return withPublisher(
    [ACTIVE],
    async ({ registry, publisher, clock }) => {
      publisher.set("a.service", INACTIVE);
      publisher.flushIfIdle();
      await clock.advance(10);
      assert.deepEqual(registry.writes, []);
      isBusy = false;
      publisher.flushIfIdle();
      await clock.advance(0);
      assert.deepEqual(registry.writes, [["a.service"]]);
    },
    () => isBusy,
  );
});
