import { ManualClock } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import type { AssignmentRecord } from "./records.ts";

/** A store in memory with one client, for the tests of this package. */
export function memoryCluster(): { clock: ManualClock; server: MemoryStore; store: Store } {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  return { clock, server, store: server.connect() };
}

/** An assignment with nothing special in it. */
export const ASSIGNED: AssignmentRecord = {
  digest: "d",
  hash: "h",
  desired: "launched",
  restart: 0,
  secrets: 0,
  leaving: false,
  exclusive: false,
  stopping: false,
  askedAt: 0,
  since: 0,
};

/** A unit file with nothing special in it. */
export const HELLO = "[Unit]\nDescription=Hello\n\n[Service]\nExecStart=/bin/sleep 1000\n";
