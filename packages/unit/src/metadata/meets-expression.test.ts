import assert from "node:assert/strict";
import { test } from "node:test";
import { joinMetadata } from "./join-metadata.ts";
import { meetsExpression } from "./meets-expression.ts";

/** An expression about the key `a`, the machine's values of `a`, and whether the machine meets the expression. */
const CASES: readonly (readonly [expression: string, own: readonly string[], meets: boolean])[] = [
  ["a=1", ["1"], true],
  ["a=1", ["2"], false],
  ["a=1", [], false],
  ["a=1", ["2", "1"], true],
  ["a in 1,2", ["2"], true],
  ["a in 1,2", ["3"], false],
  ["a!=1", ["2"], true],
  ["a!=1", ["1"], false],
  ["a!=1", [], true],
  ["a!=1", ["2", "1"], false],
  ["a not in 1,2", ["3"], true],
  ["a not in 1,2", ["2"], false],
  ["a exists", ["x"], true],
  ["a exists", [], false],
  ["a not exists", [], true],
  ["a not exists", ["x"], false],

  ["a>9", ["10"], true],
  ["a>10", ["10"], false],
  ["a>=10", ["10"], true],
  ["a<10", ["9"], true],
  ["a<10", ["10"], false],
  ["a<=10", ["10"], true],
  ["a<10", ["-3"], true],
  ["a>1", [], false],
  ["a<1", [], false],
  ["a>1", ["ssd"], false],
  ["a<1", ["ssd"], false],
  ["a>9", ["0010"], true],
  ["a>5", ["1", "7"], true],

  ["a>=64G", ["128G"], true],
  ["a>=64G", ["512M"], false],
  ["a>=1G", ["1024M"], true],
  ["a<=1.5G", ["1536M"], true],
  ["a>1000000", ["1M"], true],

  ["a>=6.9", ["6.10"], true],
  ["a>=6.1", ["6.1.0-18-amd64"], true],
  ["a<6.2", ["6.1.0-18-amd64"], true],
  ["a>=252", ["252.39-1~deb12u2"], true],
  ["a<253", ["252.39-1~deb12u2"], true],
  ["a<255", ["255~rc1"], true],
  ["a>255", ["255.1"], true],
  ["a>1.2", ["1.2a"], true],
  ["a>1.2.1", ["1.2a"], true],
  ["a>=1.02", ["1.2"], true],
  ["a>123-9", ["123.1-1"], true],
  ["a>1.2", ["1.2^3"], true],
  ["a>99999999999999999998.1", ["99999999999999999999.1"], true],
];

for (const [text, own, meets] of CASES) {
  test(`a machine with ${own.length === 0 ? "no a" : `a=${own.join(" and ")}`} ${meets ? "meets" : "does not meet"} ${text}`, () => {
    const [expression] = joinMetadata("MachineMetadata", [text], "x.service");
    assert.equal(expression && meetsExpression(expression, own), meets);
  });
}
