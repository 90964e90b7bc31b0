import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { untilAborted } from "@flotilla/runtime";
import { DaemonSignals } from "./signals.ts";
import { unlessEnded } from "./unless-ended.ts";

const timeLimit = (): AbortSignal => AbortSignal.timeout(5_000);

test("an end precedes an earlier reload", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  process.emit("SIGHUP");
  process.emit("SIGTERM");
  assert.equal(await signals.next(timeLimit()), "end");
});

test("a request that arrives without a waiting caller is kept", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  process.emit("SIGHUP");
  assert.equal(await signals.next(timeLimit()), "reload");
  const next = signals.next(timeLimit());
  process.emit("SIGINT");
  assert.equal(await next, "end");
});

test("an aborted call of next leaves the request for the following call", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const stop = new AbortController();
  const first = signals.next(stop.signal);
  stop.abort();
  assert.equal(await first, undefined);
  process.emit("SIGTERM");
  assert.equal(await signals.next(timeLimit()), "end");
});

test("untilEnd leaves every request for next", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const stop = new AbortController();
  const first = signals.untilEnd(stop.signal);
  process.emit("SIGHUP");
  stop.abort();
  assert.equal(await first, false);
  assert.equal(await signals.next(timeLimit()), "reload");
  const second = signals.untilEnd(timeLimit());
  process.emit("SIGHUP");
  process.emit("SIGTERM");
  assert.equal(await second, true);
  assert.equal(await signals.next(timeLimit()), "end");
});

test("a request to end aborts long work, and a reload waits until the work is done", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const done = Promise.withResolvers<string>();
  const first = unlessEnded(signals, () => done.promise);
  process.emit("SIGHUP");
  done.resolve("done");
  assert.equal(await first, "done");
  assert.equal(await signals.next(timeLimit()), "reload");
  const second = unlessEnded(signals, (ended) => untilAborted([ended], () => new Promise(() => {})));
  process.emit("SIGTERM");
  assert.equal(await second, undefined);
  assert.equal(await signals.next(timeLimit()), "end");
  await assert.rejects(
    unlessEnded(signals, () => Promise.reject(new Error("broken"))),
    /broken/,
  );
});
