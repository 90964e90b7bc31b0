import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineRegistry } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { Lease, Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { MACHINE, TTL_MS, WEB, withRunningUnit } from "../lab.fixture.ts";
import { obtainLease } from "./machine-lease.ts";
import { MemorySavedLease } from "./saved-lease.ts";

test("another TTL: record and states move to a new lease, and are never missing", () =>
  withRunningUnit(async ({ lab, daemon }) => {
    const before = await lab.machineKey();
    const gone: string[] = [];
    const stop = new AbortController();
    const from = (await lab.store.revision()) + 1;
    const watching = (async () => {
      for await (const { events } of lab.store.watch({ prefix: "", from }, stop.signal))
        for (const event of events) if (event.type === "delete") gone.push(event.key);
    })().catch(() => {});
    await daemon.stop();
    const next = lab.start({ ttlMs: 2 * TTL_MS });
    await lab.until(() => next.agent.status.joined);
    await lab.clock.advance(5 * TTL_MS);
    const after = await lab.machineKey();
    assert.equal(after?.createRevision, before?.createRevision);
    assert.notEqual(after?.lease, before?.lease);
    assert.equal((await lab.store.leaseTime(after?.lease ?? ""))?.ttlMs, 2 * TTL_MS);
    assert.equal(await lab.store.leaseTime(before?.lease ?? ""), undefined);
    assert.equal((await lab.published()).get(WEB)?.active, "active");
    assert.deepEqual(gone, ["publisher/m1"]);
    stop.abort();
    await watching;
  }));

test("a TTL that the store rounds to the TTL of the present lease changes nothing", async () => {
  const { store, obtain, savedLease } = setting((ttlMs) => Math.ceil(ttlMs / 1_000) * 1_000);
  const first = await obtain(2_500);
  first.release();
  const second = await obtain(2_600);
  assert.equal(second.id, first.id);
  assert.equal(savedLease.load(), first.id);
  assert.equal((await store.leaseTime(first.id))?.ttlMs, 3_000);
});

test("an interrupted move is finished by the next process, whichever lease is left", async () => {
  for (const lost of ["none", "old", "new"] as const) {
    const { store, obtain, savedLease, machines } = setting((ttlMs) => ttlMs);
    const old = await obtain(2_000);
    await machines.register(MACHINE, old);
    await store.txn({ onSuccess: [{ put: `state/${MACHINE.id}/${WEB}`, value: "{}", lease: old.id }] });
    old.release();
    const broken = { moveLease: () => Promise.reject(new Error("killed")) };
    await assert.rejects(obtain(9_000, broken), /killed/);
    const [granted, former] = [savedLease.load(), savedLease.loadFormer()];
    assert.equal(former, old.id);
    if (lost !== "none") await (await store.resume(lost === "old" ? old.id : (granted ?? ""), 1))?.revoke();
    const next = await obtain(9_000);
    assert.equal(next.ttlMs, 9_000, lost);
    assert.deepEqual(await machines.register(MACHINE, next), { registered: true }, lost);
    const states = (await store.range({ prefix: "state/" })).entries.map(({ lease }) => lease);
    assert.deepEqual(states, lost === "old" ? [] : [next.id], lost);
    assert.equal(await store.leaseTime(old.id), undefined);
    assert.deepEqual([savedLease.load(), savedLease.loadFormer()], [next.id, undefined]);
  }
});

test("more keys than fit into a transaction are moved", async () => {
  const { store, machines } = setting((ttlMs) => ttlMs);
  const [old, next] = [await store.grant(1_000), await store.grant(1_000)];
  const other = await store.grant(1_000);
  const names = Array.from({ length: 300 }, (_, index) => `state/${MACHINE.id}/${index}.service`);
  for (const put of names) await store.txn({ onSuccess: [{ put, value: "{}", lease: old.id }] });
  await store.txn({ onSuccess: [{ put: `state/${MACHINE.id}/x.service`, value: "{}", lease: other.id }] });
  await machines.moveLease(MACHINE.id, old.id, next);
  const { entries } = await store.range({ prefix: "state/" });
  assert.equal(entries.filter(({ lease }) => lease === next.id).length, 300);
  assert.equal(entries.filter(({ lease }) => lease === other.id).length, 1);
});

test("a full disk does not keep the machine out of the cluster, and leaves no stray lease", async () => {
  const { obtain, savedLease, store } = setting((ttlMs) => ttlMs);
  savedLease.save = () => {
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  const lease = await obtain(2_000);
  assert.equal((await store.leaseTime(lease.id))?.ttlMs, 2_000);
  assert.equal(savedLease.load(), undefined);
});

interface Setting {
  readonly store: Store;
  readonly machines: MachineRegistry;
  readonly savedLease: MemorySavedLease;
  readonly obtain: (ttlMs: number, machines?: Pick<MachineRegistry, "moveLease">) => Promise<Lease>;
}

function setting(rounded: (ttlMs: number) => number): Setting {
  const store = new MemoryStore({ clock: new ManualClock() }).connect();
  const savedLease = new MemorySavedLease();
  const machines = new MachineRegistry(store);
  const leases = {
    grant: (ttlMs: number, signal?: AbortSignal) => store.grant(rounded(ttlMs), signal),
    resume: (id: string, ttlMs: number, signal?: AbortSignal) => store.resume(id, ttlMs, signal),
  };
  const common = { machineID: MACHINE.id, leases, savedLease, log: silentLogger };
  const { signal } = new AbortController();
  return {
    store,
    machines,
    savedLease,
    obtain: (ttlMs, own = machines) => obtainLease({ ...common, ttlMs, machines: own }, signal),
  };
}
