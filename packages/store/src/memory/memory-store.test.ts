import { ManualClock } from "@flotilla/runtime";
import { type LeaseCallsHarness, leaseCallsContract, storeContract } from "../contract/index.ts";
import { MemoryStore } from "./memory-store.ts";

storeContract("the memory store", start);
leaseCallsContract("the memory store", start);

async function start(): Promise<LeaseCallsHarness> {
  const clock = new ManualClock();
  const server = new MemoryStore({ clock });
  return {
    connect: async () => server.connect(),
    compact: (revision) => server.compact(revision),
    replace: async () => server.forgetAll(),
    elapse: (ms) => clock.advance(ms),
    close: async () => server.close(),
  };
}
