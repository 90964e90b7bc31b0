import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { LeaseTime } from "@flotilla/registry";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { GuardKeeper } from "./guard-keeper.ts";
import { MemoryGuard } from "./memory-guard.ts";

const TTL_MS = 30_000;

/** A keeper at work; `answer` is what the store says of the lease. */
async function keeping(work: (scene: Scene) => Promise<void>): Promise<void> {
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
  };
  const keeper = new GuardKeeper({
    guard: scene.guard,
    leaseTime: (_, __, limitMs) => scene.answer(limitMs),
    isNeeded: () => true,
    isUp: (unit) => scene.up.has(unit),
    onStopped: (unit) => void scene.stopped.push(unit),
    onHeldOff: () => {},
    clock,
    random: () => 0.5,
    log: silentLogger,
  });
  const running = keeper.run(lease, stop.signal);
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
}

test("the guard is held off by what is sure to be left, counted from when it was asked", () =>
  keeping(async ({ clock, guard }) => {
    assert.equal(guard.deadline, 119_000);
    await clock.advance(1_000);
    assert.equal(guard.deadline, 120_000);
  }));

test("an answer that comes late grants nothing that has passed", () =>
  keeping(async (scene) => {
    const late = Promise.withResolvers<LeaseTime>();
    scene.answer = () => late.promise;
    await scene.clock.advance(15_000);
    late.resolve({ ttlMs: TTL_MS, leftMs: 20_000, surelyLeftMs: 20_000 });
    scene.answer = () => Promise.reject(new StoreUnavailableError("away"));
    await scene.clock.advance(0);
    assert.equal(scene.guard.deadline, 121_000);
  }));

test("an answer may take a third of the TTL: the one before holds for two more", () =>
  keeping(async (scene) => {
    const limits = new Set<number | undefined>();
    const { answer } = scene;
    scene.answer = (limitMs) => {
      limits.add(limitMs);
      return answer();
    };
    await scene.clock.advance(3_000);
    assert.deepEqual(limits, new Set([TTL_MS / 3]));
  }));

test("without an answer, or a lease, the guard is not held off", () =>
  keeping(async (scene) => {
    scene.answer = () => Promise.reject(new StoreUnavailableError("away"));
    await scene.clock.advance(10_000);
    scene.answer = async () => undefined;
    await scene.clock.advance(10_000);
    assert.equal(scene.guard.deadline, 119_000);
  }));

test("after the time was up once, the guard is let do its work before it is held off again", () =>
  keeping(async (scene) => {
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
    assert.ok(guard.letsRun);
    assert.deepEqual(stopped, ["a.service"]);
  }));

test("what the guard stopped while the answer was on its way is started again, and nothing else", () =>
  keeping(async (scene) => {
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

test("what the guard had begun to stop when it was held off is started again, once it is down", () =>
  keeping(async ({ guard, clock, up, stopped }) => {
    guard.add("a.service");
    up.add("a.service");
    guard.stopped.add("a.service");
    await clock.advance(1_000);
    assert.deepEqual(stopped, []);
    up.clear();
    await clock.advance(1_000);
    assert.deepEqual(stopped, ["a.service"]);
  }));
