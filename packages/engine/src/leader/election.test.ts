import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentRegistry, type Leadership, LeaderSeat } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { campaign } from "./election.ts";

const NEVER = new AbortController().signal;

test("after a term that ends with a programming error another machine leads; repeated errors end the engine", async () => {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const led: string[] = [];
  const stand = (machineID: string, lead: () => Promise<void>): Promise<void> => {
    const store = server.connect();
    const places = {
      seat: new LeaderSeat(store),
      machineID,
      ttlMs: 10_000,
      clock,
      random: () => 0.5,
      log: silentLogger,
      observer: {},
    };
    const grantLease = (ttlMs: number): ReturnType<typeof store.grant> => store.grant(ttlMs);
    return campaign({ ...places, grantLease, lead: () => (led.push(machineID), lead()) }, NEVER);
  };
  const fault = new TypeError("x is undefined");
  const faulty = stand("m1", () => Promise.reject(fault));
  await clock.advance(1_000);
  assert.deepEqual(led, ["m1"]);
  const ended = assert.rejects(faulty, fault);
  await clock.advance(60_000);
  await ended;
  assert.deepEqual(led, ["m1", "m1", "m1", "m1"]);
  void stand("m1", () => Promise.reject(fault)).catch(() => {});
  await clock.advance(200);
  void stand("m2", () => new Promise(() => {}));
  await clock.advance(60_000);
  assert.equal(led.at(-1), "m2");
});

test("a leader's key without a lease is reported and replaced, and its holder can write nothing more", async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  await store.txn({ onSuccess: [{ put: "engine/leader", value: JSON.stringify({ machineID: "gone" }) }] });
  const lines: string[] = [];
  const log = { ...silentLogger, error: (message: string) => void lines.push(message) };
  const terms: Leadership[] = [];
  const places = {
    seat: new LeaderSeat(store),
    machineID: "m1",
    ttlMs: 10_000,
    clock,
    random: () => 0.5,
    log,
    observer: {},
  };
  const grantLease = (ttlMs: number): ReturnType<typeof store.grant> => store.grant(ttlMs);
  const lead = (leadership: Leadership): Promise<void> => (terms.push(leadership), new Promise(() => {}));
  void campaign({ ...places, grantLease, lead }, NEVER);
  await clock.advance(1_000);
  assert.equal(terms.length, 1);
  assert.notEqual(terms[0]?.term, 1);
  assert.match(lines.join(), /had no lease/);
  assert.equal(await new AssignmentRegistry(store).holds({ term: 1 }), false);
});
