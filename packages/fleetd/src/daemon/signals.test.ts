import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { untilAborted } from "@flotilla/runtime";
import { DaemonSignals } from "./signals.ts";
import { unlessEnded } from "./unless-ended.ts";

const bounded = (): AbortSignal => AbortSignal.timeout(5_000);

test("an end goes before a reload that came earlier", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  process.emit("SIGHUP");
  process.emit("SIGTERM");
  assert.equal(await signals.next(bounded()), "end");
});

test("a request that comes while nobody waits is not lost", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  process.emit("SIGHUP");
  assert.equal(await signals.next(bounded()), "reload");
  const next = signals.next(bounded());
  process.emit("SIGINT");
  assert.equal(await next, "end");
});

test("who no longer waits for a request leaves it to the next one who does", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const stop = new AbortController();
  const first = signals.next(stop.signal);
  stop.abort();
  assert.equal(await first, undefined);
  process.emit("SIGTERM");
  assert.equal(await signals.next(bounded()), "end");
});

test("who waits for the end alone leaves every request to who asks for the next", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const stop = new AbortController();
  const first = signals.untilEnd(stop.signal);
  process.emit("SIGHUP");
  stop.abort();
  assert.equal(await first, false);
  assert.equal(await signals.next(bounded()), "reload");
  const second = signals.untilEnd(bounded());
  process.emit("SIGHUP");
  process.emit("SIGTERM");
  assert.equal(await second, true);
  assert.equal(await signals.next(bounded()), "end");
});

test("work that lasts is given up when the daemon is told to end, and a reload waits until it is done", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const done = Promise.withResolvers<string>();
  const first = unlessEnded(signals, () => done.promise);
  process.emit("SIGHUP");
  done.resolve("done");
  assert.equal(await first, "done");
  assert.equal(await signals.next(bounded()), "reload");
  const second = unlessEnded(signals, (ended) => untilAborted([ended], () => new Promise(() => {})));
  process.emit("SIGTERM");
  assert.equal(await second, undefined);
  assert.equal(await signals.next(bounded()), "end");
  await assert.rejects(
    unlessEnded(signals, () => Promise.reject(new Error("amiss"))),
    /amiss/,
  );
});
