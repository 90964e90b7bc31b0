import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLogger } from "@flotilla/runtime";
import type { KeyValue, Store } from "@flotilla/store";
import { ClusterReplica } from "./cluster-replica.ts";
import { keys } from "./keys.ts";
import { MachineSettingsRegistry } from "./machine-settings-registry.ts";
import { memoryCluster } from "./memory-cluster.fixture.ts";
import { MembershipMirror } from "./membership-mirror.ts";
import { MembershipRegistry, REMOVAL_KNOWN_MS } from "./membership-registry.ts";
import type { MemberRecord } from "./records.ts";

const MACHINE = "a".repeat(32);
const member = (generation: string, metadata: MemberRecord["metadata"] = {}): string =>
  JSON.stringify({ generation, key: "k", metadata, token: "t", joinedAt: 1 });

async function allKeys(store: Store): Promise<string[]> {
  return (await store.range({ prefix: "" })).entries.map(({ key }) => key);
}

describe("a removal", () => {
  test("ends the membership of a present machine as if it left on purpose", async () => {
    const { store } = memoryCluster();
    const lease = await store.grant(30_000);
    const state = keys.state(MACHINE, "a.service");
    await store.txn({
      onSuccess: [
        { put: keys.member(MACHINE), value: member("1") },
        { put: keys.machineSettings(MACHINE), value: "{}" },
        { put: keys.machine(MACHINE), value: "{}", lease: lease.id },
        { put: state, value: "{}", lease: lease.id },
      ],
    });
    assert.equal(await new MembershipRegistry(store).remove(MACHINE), "removed");
    assert.deepEqual(await allKeys(store), [keys.departure(MACHINE), keys.removedMember(MACHINE), state]);
    const [departure] = (await store.range({ prefix: keys.departure(MACHINE), exact: true })).entries;
    assert.equal(departure?.lease, lease.id);
  });

  test("of a machine that is away deletes its membership and settings, and is known for a month", async () => {
    const { store, clock } = memoryCluster();
    const registry = new MembershipRegistry(store);
    await store.txn({ onSuccess: [{ put: keys.member(MACHINE), value: member("1") }] });
    assert.equal(await registry.remove(MACHINE), "removed");
    await store.txn({ onSuccess: [{ put: keys.member(MACHINE), value: "garbage" }] });
    const { member: found, bootID, isServer } = await registry.read(MACHINE);
    assert.deepEqual([found, bootID, isServer], ["unreadable", undefined, false]);
    assert.equal(await registry.remove(MACHINE), "removed");
    await store.txn({ onSuccess: [{ put: keys.machineSettings(MACHINE), value: "{}" }] });
    assert.equal(await registry.remove(MACHINE), "removed");
    assert.equal(await registry.remove(MACHINE), "unknown");
    const { entries } = await store.range({ prefix: "" });
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [[keys.removedMember(MACHINE), '{"generation":"1"}']],
    );
    await clock.advance(REMOVAL_KNOWN_MS + 1_000);
    assert.deepEqual(await allKeys(store), []);
  });

  test("of a present machine without a membership does nothing", async () => {
    const { store } = memoryCluster();
    const lease = await store.grant(30_000);
    await store.txn({ onSuccess: [{ put: keys.machine(MACHINE), value: "{}", lease: lease.id }] });
    assert.equal(await new MembershipRegistry(store).remove(MACHINE), "stays");
    assert.deepEqual(await allKeys(store), [keys.machine(MACHINE)]);
  });

  test("is repeated when the machine's lease ends meanwhile", async () => {
    const { store } = memoryCluster();
    const lease = await store.grant(30_000);
    const onSuccess = [
      { put: keys.member(MACHINE), value: member("1") },
      { put: keys.machine(MACHINE), value: "{}", lease: lease.id },
    ];
    await store.txn({ onSuccess });
    let ended = false;
    const meanwhile: Pick<Store, "range" | "txn" | "grant"> = {
      grant: (ttlMs) => store.grant(ttlMs),
      range: (request) => store.range(request),
      txn: async (txn) => {
        if (!ended) await lease.revoke();
        ended = true;
        return store.txn(txn);
      },
    };
    assert.equal(await new MembershipRegistry(meanwhile).remove(MACHINE), "removed");
    assert.deepEqual(await allKeys(store), [keys.removedMember(MACHINE)]);
  });
});

test("the mirror tells which memberships have ended, also of a machine that has joined again", async () => {
  const { store, clock } = memoryCluster();
  const mirror = new MembershipMirror({ store, clock, random: () => 0.5, log: silentLogger });
  const ended: string[] = [];
  mirror.onEnded((machineID) => ended.push(machineID));
  const stop = new AbortController();
  assert.equal(mirror.isKnown, false);
  const running = mirror.run(stop.signal);
  const [one, two, three] = ["m1", "m2", "m3"];
  const write = async (key: string, value: string): Promise<void> => {
    await store.txn({ onSuccess: [value === "" ? { delete: key } : { put: key, value }] });
    await mirror.fresh(stop.signal);
  };
  for (const id of [one, two, three]) await write(keys.member(id), member("1"));
  await write(`member/${one}/x`, member("1"));
  assert.deepEqual([mirror.isKnown, mirror.generationOf(one), mirror.generationOf("m4")], [true, "1", undefined]);
  assert.deepEqual(ended, []);
  await write(keys.member(one), "");
  await write(keys.member(two), member("2"));
  await write(keys.member(three), "garbage");
  await write(keys.member(one), member("3"));
  assert.deepEqual(ended, [one, two, three]);
  assert.deepEqual(
    [one, two, three].map((id) => mirror.generationOf(id)),
    ["3", "2", undefined],
  );
  const [entry] = (await store.range({ prefix: keys.member(one), exact: true })).entries;
  assert.deepEqual(mirror.fenceOf(one), { key: keys.member(one), modRevision: entry?.modRevision });
  assert.equal(mirror.fenceOf(three), undefined);
  stop.abort();
  await running;
});

test("the mirror tells a membership that a person has ended from one that is missing, and from a later one", async () => {
  const { store, clock } = memoryCluster();
  const mirror = new MembershipMirror({ store, clock, random: () => 0.5, log: silentLogger });
  const stop = new AbortController();
  const running = mirror.run(stop.signal);
  const registry = new MembershipRegistry(store);
  const isRemoved = async (generation: string): Promise<boolean> => {
    await mirror.fresh(stop.signal);
    return mirror.isRemoved(MACHINE, generation);
  };
  const join = (generation: string) =>
    store.txn({ onSuccess: [{ put: keys.member(MACHINE), value: member(generation) }] });
  await join("1");
  assert.equal(await isRemoved("1"), false);
  await store.txn({ onSuccess: [{ delete: keys.member(MACHINE) }] });
  assert.equal(await isRemoved("1"), false, "as after a backup was restored");
  await join("1");
  await registry.remove(MACHINE);
  assert.deepEqual([await isRemoved("1"), await isRemoved("2"), await isRemoved("")], [true, false, false]);
  await join("2");
  assert.deepEqual([await isRemoved("1"), await isRemoved("2")], [true, false]);
  await store.txn({ onSuccess: [{ put: keys.member(MACHINE), value: "garbage" }] });
  await registry.remove(MACHINE);
  assert.deepEqual([await isRemoved("2"), await isRemoved("")], [false, false]);
  stop.abort();
  await running;
});

test("vouched metadata overrides the settings and the machine's own, and ends with the membership", () => {
  const replica = new ClusterReplica(silentLogger);
  const at = (key: string, value: string, modRevision: number): KeyValue => ({
    key,
    value,
    createRevision: 1,
    modRevision,
    lease: "1",
  });
  const record = JSON.stringify({ id: MACHINE, metadata: { zone: "own", disk: "own", rack: "own" } });
  const settings = JSON.stringify({ metadata: { zone: "set", disk: "set" } });
  const change = (entry: KeyValue, revision: number) => replica.apply([{ type: "put", entry }], revision);
  change(at(keys.machine(MACHINE), record, 1), 1);
  change(at(keys.machineSettings(MACHINE), settings, 2), 2);
  const changes = change(at(keys.member(MACHINE), member("1", { zone: "vouched" }), 3), 3);
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ["machine"],
  );
  const shown = replica.view.machines.get(MACHINE);
  assert.deepEqual(shown?.metadata, { zone: "vouched", disk: "set", rack: "own" });
  assert.deepEqual(shown?.vouched, { zone: "vouched" });
  replica.apply([{ type: "delete", key: keys.member(MACHINE), modRevision: 4 }], 4);
  assert.deepEqual(replica.view.machines.get(MACHINE)?.metadata["zone"], "set");
  assert.equal(replica.view.machines.get(MACHINE)?.vouched, undefined);
});

test("settings cannot change what a join token vouched for, but other keys, and can be reset", async () => {
  const { store } = memoryCluster();
  const settings = new MachineSettingsRegistry(store);
  await store.txn({ onSuccess: [{ put: keys.member(MACHINE), value: member("1", { zone: "a" }) }] });
  for (const value of ["b", null]) {
    const edit = settings.edit([{ machineID: MACHINE, metadata: { disk: "ssd", zone: value } }]);
    await assert.rejects(edit, { code: "metadata-vouched", message: /change "zone" .* vouched for zone=a; remove/ });
  }
  await settings.edit([{ machineID: MACHINE, metadata: { disk: "ssd" } }]);
  await settings.edit([{ machineID: MACHINE, reset: ["zone"], metadata: {} }]);
});
