import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutGoBooleans } from "./go-booleans.ts";

const cases: readonly [readonly string[], readonly string[]][] = [
  [
    ["list-units", "--full=true"],
    ["list-units", "--full"],
  ],
  [
    ["list-units", "--no-legend=false", "--l"],
    ["list-units", "-l"],
  ],
  [
    ["--h", "start"],
    ["-h", "start"],
  ],
  [
    ["--strict-host-key-checking=false", "status", "a"],
    ["--no-strict-host-key-checking", "status", "a"],
  ],
  [
    ["journal", "--lines=3", "-f"],
    ["journal", "--lines=3", "-f"],
  ],
  [
    ["start", "--", "--full=true"],
    ["start", "--", "--full=true"],
  ],
];

for (const [given, expected] of cases) {
  test(`${given.join(" ")} reads as ${expected.join(" ")}`, () => assert.deepEqual(withoutGoBooleans(given), expected));
}

test("what is neither true nor false is refused", () => {
  assert.throws(() => withoutGoBooleans(["start", "--replace=maybe"]), /--replace=maybe is neither true nor false/);
});
