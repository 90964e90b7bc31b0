import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { openGateway } from "./gateway.ts";
import type { ServerParts } from "./parts.ts";

test("a gateway that no agent uses has one watch, no timer, and makes no further calls", async () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const calls: string[] = [];
  const before = async ({ type }: { readonly type: string }): Promise<void> => void calls.push(type);
  const client = memory.connect({ requestTimeoutMs: 60_000, faults: { before } });
  let watches = 0;
  const store: Store = {
    revision: (signal) => client.revision(signal),
    range: (request, signal) => client.range(request, signal),
    txn: (txn, signal) => client.txn(txn, signal),
    watch: (request, signal) => {
      watches += 1;
      return client.watch(request, signal);
    },
    grant: (ttlMs, signal) => client.grant(ttlMs, signal),
    resume: (id, ttlMs, signal) => client.resume(id, ttlMs, signal),
    leaseTime: (id, signal, limitMs) => client.leaseTime(id, signal, limitMs),
    close: () => client.close(),
  };
  const parts = { store, access: { leases: client }, certificates: {}, clock, random: Math.random, log: silentLogger };
  const gateway = openGateway(parts as unknown as ServerParts, {
    known: { current: undefined, onChange: () => {} },
    authority: () => Promise.reject(new Error("not asked")),
    vault: {} as never,
    refusals: { note: () => {} },
  });
  const stop = new AbortController();
  const running = gateway.run(stop.signal);
  await clock.advance(0);
  const atFirst = [...calls];
  await clock.advance(3_600_000);
  assert.equal(clock.nextDue(), undefined);
  assert.deepEqual(calls, atFirst);
  assert.equal(watches, 1);
  stop.abort();
  await running;
  await gateway.link.close();
  memory.close();
});
