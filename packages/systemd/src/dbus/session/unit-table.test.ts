import assert from "node:assert/strict";
import { test } from "node:test";
import { ChangeFeed } from "../../change-feed.ts";
import { UnitTable } from "./unit-table.ts";

const NAME = "a.service";

test("a failed unit keeps its result until a signal has its next state", () => {
  const table = new UnitTable(new ChangeFeed());
  table.setText(NAME, "[Service]");
  const signal = (changed: Readonly<Record<string, string>>): readonly unknown[] => {
    table.applyProperties(NAME, changed);
    const unit = table.units.get(NAME);
    return [unit?.activeState, unit?.result];
  };
  assert.deepEqual(signal({ Result: "exit-code" }), ["inactive", "exit-code"]);
  assert.deepEqual(signal({ ActiveState: "failed" }), ["failed", "exit-code"]);
  assert.deepEqual(signal({ Result: "success" }), ["failed", "exit-code"]);
  assert.deepEqual(signal({ ActiveState: "activating" }), ["activating", "exit-code"]);
  assert.deepEqual(signal({ ActiveState: "active" }), ["active", "success"]);
});
