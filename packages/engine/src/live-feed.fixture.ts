import type { TestContext } from "node:test";
import type { MachineRecord } from "@flotilla/model";
import { ClusterFeed } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";

/** A store in memory and a live copy of it, until the test is over. */
export function liveFeed(t: TestContext) {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  const store = server.connect();
  const feed = new ClusterFeed({ store, clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  void feed.run(stop.signal);
  t.after(() => {
    stop.abort();
    server.close();
  });
  return { clock, server, store, feed, signal: stop.signal };
}

/** A machine with nothing special about it. */
export function machineRecord(id: string, metadata: MachineRecord["metadata"] = {}): MachineRecord {
  const capacity = { cpus: 1, memoryBytes: 1 };
  return { id, metadata, primaryIP: "", version: "", peerPort: 0, bootID: "", capacity };
}
