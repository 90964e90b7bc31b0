import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "./parse.ts";
import { requirementsOf } from "./requirements-of.ts";

function minAvailable(...lines: readonly string[]) {
  const { options } = parseUnitFile(["[X-Fleet]", ...lines, ""].join("\n"));
  return requirementsOf("web@1.service", options).minAvailable;
}

test("MinAvailable= is a number or a percentage; the last assignment counts", () => {
  assert.equal(minAvailable(), undefined);
  assert.deepEqual(minAvailable("MinAvailable=2"), { least: 2, of: "instances" });
  assert.deepEqual(minAvailable("MinAvailable=2", "MinAvailable=50%"), { least: 50, of: "percent" });
  assert.deepEqual(minAvailable("MinAvailable=0"), { least: 0, of: "instances" });
});

for (const value of ["-1", "101%", "half", "1.5", "50 %%", "99999999"])
  test(`MinAvailable=${value} is refused`, () =>
    assert.throws(
      () => minAvailable(`MinAvailable=${value}`),
      /MinAvailable=.* is neither a number .* write MinAvailable=2/,
    ));
