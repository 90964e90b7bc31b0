import assert from "node:assert/strict";
import { test } from "node:test";
import { alignWithTabs } from "./tab-writer.ts";

// Expected bytes: from Go's tabwriter.NewWriter(os.Stdout, 0, 8, 1, '\t', 0).
const cases = [
  { name: "no rows", rows: [], expected: "" },
  { name: "a single column is not padded", rows: [["UNIT"], ["a.service"]], expected: "UNIT\na.service\n" },
  {
    name: "shorter cells get more tabs",
    rows: [
      ["UNIT", "ACTIVE"],
      ["goodbye.service", "active"],
    ],
    expected: "UNIT\t\tACTIVE\ngoodbye.service\tactive\n",
  },
  {
    name: "a cell that fills its tab stop gets one more for the padding",
    rows: [
      ["12345678", "x"],
      ["1", "y"],
    ],
    expected: "12345678\tx\n1\t\ty\n",
  },
  {
    name: "seven characters fit before the first tab stop",
    rows: [
      ["1234567", "x"],
      ["-", "y"],
    ],
    expected: "1234567\tx\n-\ty\n",
  },
  { name: "characters count, not bytes", rows: [["äöüäöüä", "x"]], expected: "äöüäöüä\tx\n" },
];

for (const { name, rows, expected } of cases) {
  test(`alignWithTabs: ${name}`, () => assert.equal(alignWithTabs(rows), expected));
}
