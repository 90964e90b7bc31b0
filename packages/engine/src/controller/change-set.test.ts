import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterChange } from "@flotilla/registry";
import { ChangeSet } from "./change-set.ts";

const unit = (name: string, revision: number): ClusterChange => ({
  kind: "unit",
  unit: name,
  value: undefined,
  revision,
});
const machine = (machineID: string, revision: number, isPresent: boolean): ClusterChange => ({
  kind: "machine",
  machineID,
  value: isPresent ? ({} as never) : undefined,
  revision,
});

function taken(changes: ChangeSet): string[] {
  return [...changes.take()].map(({ kind, revision }) => `${kind} ${revision}`);
}

test("a set of changes has the latest change of each fact, and is empty after it was taken", () => {
  const changes = new ChangeSet();
  changes.add([unit("a.service", 1), unit("b.service", 2)]);
  changes.add([unit("a.service", 3)]);
  assert.deepEqual(taken(changes), ["unit 3", "unit 2"]);
  assert.deepEqual(taken(changes), []);
});

test("a machine's return is not lost when the machine is lost again", () => {
  const changes = new ChangeSet();
  changes.add([machine("m1", 1, false), machine("m1", 2, true), machine("m1", 3, false)]);
  assert.deepEqual(taken(changes), ["machine 3", "machine 2"]);
});
