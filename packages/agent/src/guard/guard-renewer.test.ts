import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, Nudge, silentLogger } from "@flotilla/runtime";
import type { LeaseTime } from "@flotilla/registry";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { GuardRenewer } from "./guard-renewer.ts";
import { MemoryGuard } from "./memory-guard.ts";

const TTL_MS = 30_000;

/** Runs a renewer; `answer` is the store's answer about the lease. */
async function renewing(work: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await clock.advance(100_000);
  const server = new MemoryStore({ clock });
  const lease = await server.connect().grant(TTL_MS);
  const stop = new AbortController();
  const scene: Scene = {
    clock,
    guard: new MemoryGuard(clock),
    answer: async () => ({ ttlMs: TTL_MS, leftMs: 20_000, surelyLeftMs: 19_000 }),
    up: new Set(),
    stopped: [],
    isNeeded: true,
    mayBeNeeded: new Nudge(),
  };
  const renewer = new GuardRenewer({
    guard: scene.guard,
    leaseTime: (_, __, limitMs) => scene.answer(limitMs),
    isNeeded: () => scene.isNeeded,
    mayBeNeeded: scene.mayBeNeeded,
    isUp: (unit) => scene.up.has(unit),
    onStopped: (unit) => void scene.stopped.push(unit),
    onRenewed: () => {},
    clock,
    random: () => 0.5,
    log: silentLogger,
  });
  const running = renewer.run(lease, stop.signal);
  try {
    await clock.advance(0);
    await work(scene);
  } finally {
    stop.abort();
    await clock.advance(0);
    await running;
    server.close();
  }
}

interface Scene {
  readonly clock: ManualClock;
  readonly guard: MemoryGuard;
  answer: (limitMs?: number) => Promise<LeaseTime | undefined>;
  readonly up: Set<string>;
  readonly stopped: string[];
  isNeeded: boolean;
  readonly mayBeNeeded: Nudge;
}

test("the deadline is the certain remaining time, counted from the request", () =>
  renewing(async ({ clock, guard }) => {
    assert.equal(guard.deadline, 119_000);
    await clock.advance(1_000);
    assert.equal(guard.deadline, 120_000);
  }));

test("a late answer does not extend the deadline beyond the lease", () =>
  renewing(async (scene) => {
    const late = Promise.withResolvers<LeaseTime>();
    scene.answer = () => late.promise;
    await scene.clock.advance(15_000);
    late.resolve({ ttlMs: TTL_MS, leftMs: 20_000, surelyLeftMs: 20_000 });
    scene.answer = () => Promise.reject(new StoreUnavailableError("away"));
    await scene.clock.advance(0);
    assert.equal(scene.guard.deadline, 121_000);
  }));

test("an answer may take a third of the TTL: the previous one holds for two more thirds", () =>
  renewing(async (scene) => {
    const limits = new Set<number | undefined>();
    const { answer } = scene;
    scene.answer = (limitMs) => {
      limits.add(limitMs);
      return answer();
    };
    await scene.clock.advance(3_000);
    assert.deepEqual(limits, new Set([TTL_MS / 3]));
  }));

test("without an answer, or a lease, the deadline is not extended", () =>
  renewing(async (scene) => {
    scene.answer = () => Promise.reject(new StoreUnavailableError("away"));
    await scene.clock.advance(10_000);
    scene.answer = async () => undefined;
    await scene.clock.advance(10_000);
    assert.equal(scene.guard.deadline, 119_000);
  }));

test("after the deadline passed, the guard finishes its stops before the deadline is extended", () =>
  renewing(async (scene) => {
    const { guard, clock, up, stopped } = scene;
    guard.add("a.service");
    up.add("a.service");
    const { answer } = scene;
    scene.answer = () => Promise.reject(new StoreUnavailableError("away"));
    await clock.advance(19_500);
    scene.answer = answer;
    await clock.advance(10_000);
    assert.equal(guard.deadline, 119_000);
    assert.deepEqual(stopped, []);
    guard.stopped.add("a.service");
    up.clear();
    await clock.advance(6_000);
    assert.ok(guard.allowsStart);
    assert.deepEqual(stopped, ["a.service"]);
  }));

test("units that the guard stopped before a late answer are started again, and no others", () =>
  renewing(async (scene) => {
    const { guard, clock, stopped, answer } = scene;
    guard.add("a.service");
    guard.add("finished.service");
    guard.stopped.add("a.service");
    const late = Promise.withResolvers<LeaseTime>();
    scene.answer = () => late.promise;
    await clock.advance(25_000);
    scene.answer = answer;
    late.resolve({ ttlMs: TTL_MS, leftMs: 30_000, surelyLeftMs: 30_000 });
    await clock.advance(1_000);
    assert.deepEqual(stopped, ["a.service"]);
    assert.equal(guard.stopped.size, 0);
  }));

test("a unit that the guard was stopping when the deadline was extended is started again once it is down", () =>
  renewing(async ({ guard, clock, up, stopped }) => {
    guard.add("a.service");
    up.add("a.service");
    guard.stopped.add("a.service");
    await clock.advance(1_000);
    assert.deepEqual(stopped, []);
    up.clear();
    await clock.advance(1_000);
    assert.deepEqual(stopped, ["a.service"]);
  }));

test("without units for the guard the store is not asked, and the first such unit extends the deadline at once", () =>
  renewing(async (scene) => {
    const { clock, guard, mayBeNeeded } = scene;
    scene.isNeeded = false;
    await clock.advance(TTL_MS);
    const { deadline } = guard;
    mayBeNeeded.poke();
    await clock.advance(TTL_MS);
    assert.equal(guard.deadline, deadline);
    scene.isNeeded = true;
    mayBeNeeded.poke();
    await clock.advance(0);
    assert.equal(guard.deadline, clock.monotonic() + 19_000);
  }));
