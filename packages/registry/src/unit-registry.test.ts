import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOptions, parseUnitFile } from "@flotilla/unit";
import { HELLO, memoryCluster } from "./memory-cluster.fixture.ts";
import { ConflictError } from "./registry-error.ts";
import { type StoredUnit, type UnitEdit, UnitRegistry } from "./unit-registry.ts";

test("a unit's text is read back byte for byte, with fleet's hash", async () => {
  const units = new UnitRegistry(memoryCluster().store);
  const text = `# a comment\r\n${HELLO}\n\n; the end`;
  const revision = await units.edit("hello.service", () => ({ action: "write", text, desired: "inactive" }));
  const unit = await units.get("hello.service");
  assert.equal(unit?.revision, revision);
  assert.equal(unit?.hash, hashOptions(parseUnitFile(text).options));
  assert.equal(await units.text(unit?.digest ?? ""), text);
});

test("a new desired state keeps the file", async () => {
  const units = new UnitRegistry(memoryCluster().store);
  await units.edit("hello.service", () => ({ action: "write", text: HELLO, desired: "inactive" }));
  await units.edit("hello.service", () => ({ action: "write", desired: "launched" }));
  const unit = await units.get("hello.service");
  assert.equal(unit?.desired, "launched");
  assert.equal(await units.text(unit?.digest ?? ""), HELLO);
});

test("an edit that another writer overtakes is decided again on the new state", async () => {
  const { store } = memoryCluster();
  const units = new UnitRegistry(store);
  await units.edit("hello.service", () => ({ action: "write", text: HELLO, desired: "inactive" }));
  const seen: (string | undefined)[] = [];
  const ofAnotherDaemon = new UnitRegistry(store);
  const first = units.edit("hello.service", (current) => {
    seen.push(current?.desired);
    return { action: "write", desired: "launched" };
  });
  const second = ofAnotherDaemon.edit("hello.service", (current) => {
    seen.push(current?.desired);
    return { action: "write", desired: "loaded" };
  });
  await Promise.all([first, second]);
  assert.equal(seen.length, 3, "one of the two had to decide again");
});

test("50 concurrent edits of one unit through two daemons all succeed", async () => {
  const { store } = memoryCluster();
  const daemons = [new UnitRegistry(store), new UnitRegistry(store)];
  await daemons[0]?.edit("hello.service", () => ({ action: "write", text: HELLO, desired: "inactive" }));
  const all = Array.from({ length: 50 }, async (_, index) =>
    daemons[index % 2]?.edit("hello.service", () => ({
      action: "write",
      desired: index % 3 === 0 ? "loaded" : "launched",
    })),
  );
  await Promise.all(all);
});

test("an error that decide throws is rethrown, and nothing is written", async () => {
  const { store } = memoryCluster();
  const units = new UnitRegistry(store);
  const before = await store.revision();
  await assert.rejects(
    units.edit("hello.service", () => {
      throw new ConflictError("not so");
    }),
    /not so/,
  );
  assert.equal(await store.revision(), before);
});

test("a destroyed unit is gone, and its file remains for the clean-up", async () => {
  const units = new UnitRegistry(memoryCluster().store);
  await units.edit("hello.service", () => ({ action: "write", text: HELLO, desired: "inactive" }));
  const digest = (await units.get("hello.service"))?.digest ?? "";
  await units.edit("hello.service", () => ({ action: "destroy" }));
  assert.equal(await units.get("hello.service"), undefined);
  assert.equal(await units.text(digest), HELLO);
});

test("a stale expectation of a unit is corrected by a read, also before a refusal", async () => {
  const units = new UnitRegistry(memoryCluster().store);
  await units.edit("hello.service", () => ({ action: "write", text: HELLO, desired: "inactive" }));
  for (const refuses of [false, true]) {
    const seen: boolean[] = [];
    const decide = (current: StoredUnit | undefined): UnitEdit => {
      seen.push(current !== undefined);
      if (refuses && !current) throw new Error("there is no such unit");
      return { action: "write", text: HELLO, desired: "launched" };
    };
    await units.edit("hello.service", decide, undefined, { unit: undefined });
    assert.deepEqual(seen, [false, true]);
  }
});
