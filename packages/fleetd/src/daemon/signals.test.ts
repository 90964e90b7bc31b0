import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { DaemonSignals } from "./signals.ts";

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

test("who waits for the end alone lets reloads pass, and leaves an end alone once he has stopped waiting", async () => {
  const process = new EventEmitter();
  const signals = new DaemonSignals(process);
  const stop = new AbortController();
  const first = signals.untilEnd(stop.signal);
  process.emit("SIGHUP");
  stop.abort();
  assert.equal(await first, false);
  process.emit("SIGTERM");
  assert.equal(await signals.next(bounded()), "end");
  const second = signals.untilEnd(bounded());
  process.emit("SIGHUP");
  process.emit("SIGTERM");
  assert.equal(await second, true);
});
