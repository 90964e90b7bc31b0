import assert from "node:assert/strict";
import { test } from "node:test";
import { type Logger, silentLogger } from "@flotilla/runtime";
import { ClusterFeed } from "./cluster-feed.ts";
import { keys } from "./keys.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";

test("a machine that writes unreadable values again and again does not fill the log", async () => {
  const { clock, store } = memoryCluster();
  let lines = 0;
  const log: Logger = { ...silentLogger, error: () => void (lines += 1), child: () => log };
  const feed = new ClusterFeed({ store, clock, random: Math.random, log });
  const stop = new AbortController();
  const running = feed.run(stop.signal);
  const write = (unit: string, value: string) =>
    store.txn({ onSuccess: [{ put: keys.state("a".repeat(32), unit), value }] });
  for (let round = 0; round < 100; round += 1) {
    await write("a.service", "garbage");
    await write("a.service", `{"hash":"","load":"","active":"","sub":""}`);
    await write(`${round}.service`, "garbage");
  }
  await feed.fresh(stop.signal);
  assert.equal(lines, 100);
  stop.abort();
  await running;
});
