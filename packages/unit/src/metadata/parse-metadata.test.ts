import assert from "node:assert/strict";
import { test } from "node:test";
import { RequirementsError } from "../requirements-error.ts";
import { expressionText } from "./expression.ts";
import { joinMetadata } from "./join-metadata.ts";

/** A line of MachineMetadata=, and its expressions in short. */
const ACCEPTED: readonly (readonly [line: string, expressions: readonly string[]])[] = [
  ["a=1", ["a in 1"]],
  ['"a=1" "a=2" "b=3"', ["a in 1|2", "b in 3"]],
  ["disk=ssd kernel", ["disk in ssd kernel"]],
  ["disk=ssd kernel>5", ["disk in ssd kernel>5"]],
  ["a>b=c", ["a>b in c"]],
  ["a=b>c", ["a in b>c"]],
  ["a==b", ["a in =b"]],
  ["a=!b", ["a in !b"]],
  ["a in=b", ["a in in b"]],

  ["region!=eu", ["region not in eu"]],
  ["region != eu", ["region not in eu"]],
  ['"region!=eu" "region!=us"', ["region not in eu", "region not in us"]],
  ["region!=eu disk=ssd", ["region not in eu", "disk in ssd"]],
  ["kernel>=6.1", ["kernel >= 6.1"]],
  ["kernel >= 6.1", ["kernel >= 6.1"]],
  ["kernel<=6.1", ["kernel <= 6.1"]],
  ["cores>4", ["cores > 4"]],
  ["cores > 4", ["cores > 4"]],
  ["cores>4 cores<16", ["cores > 4", "cores < 16"]],
  ["memory<64G", ["memory < 64G"]],
  ["level>-1", ["level > -1"]],

  ["region in eu,us", ["region in eu|us"]],
  ['"region in eu, us" "region in us"', ["region in eu|us", "region in us"]],
  ['"region in eu" "region=us"', ["region in eu", "region in us"]],
  ["region!=us east", ["region not in us east"]],
  ["region in us east,eu", ["region in us east|eu"]],
  ["region not in eu,us", ["region not in eu|us"]],
  ["gpu exists", ["gpu exists "]],
  ["gpu not exists", ["gpu not exists "]],
  ['"gpu exists" "a!=1"', ["gpu exists ", "a not in 1"]],
  ["not exists", ["not exists "]],
  ["a! in b", ["a! in b"]],
];

for (const [line, expected] of ACCEPTED) {
  test(`MachineMetadata=${line}`, () => {
    const found = joinMetadata("MachineMetadata", [line], "x.service");
    assert.deepEqual(
      found.map(({ key, operator, values }) => `${key} ${operator} ${values.join("|")}`),
      expected,
    );
  });
}

const REFUSED: readonly (readonly [line: string, message: RegExp])[] = [
  ["region", /contains "region", which is not key=value; write both sides of the operator/],
  ["region eu", /which is not key=value/],
  ["!region", /which is not key=value/],
  ["!=eu", /contains "!=eu", which lacks a key or a value/],
  ["region!=", /lacks a key or a value/],
  ["kernel>=", /lacks a key or a value/],
  ["kernel>=new", /compares with neither a number nor a version/],
  ["kernel >= 6.1 disk=ssd", /looks like several expressions/],
  ["kernel >= 6.1 new", /compares with neither a number nor a version/],
  ["a!=1 gpu exists", /looks like several expressions/],
  ["a in", /which is not key=value/],
  ["a in ,", /lacks a key or a value/],
  ["gpu exists disk exists", /looks like several expressions: put each in quotes/],
  ["a in b disk in ssd", /looks like several expressions/],
  ['"gpu exists', /an unclosed quote/],
];

for (const [line, message] of REFUSED) {
  test(`MachineMetadata=${line} is refused`, () => {
    assert.throws(
      () => joinMetadata("MachineMetadata", [line], "x.service"),
      (error) => error instanceof RequirementsError && message.test(error.message),
    );
  });
}

test("an expression's text is what people write", () => {
  for (const text of ["a!=1", "a not in 1,2", "a exists", "a not exists", "a>=5", "a<5", "a=1"]) {
    const [expression] = joinMetadata("MachineMetadata", [text], "x.service");
    assert.equal(expression && expressionText(expression), text);
  }
});
