import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOf } from "./words.ts";

const SPLITS: readonly (readonly [value: string, words: readonly string[] | undefined])[] = [
  ["", []],
  ["  \t ", []],
  ["a", ["a"]],
  [" a  b\tc\n", ["a", "b", "c"]],
  ['"a b" c', ["a b", "c"]],
  ["'a \"b' c", ['a "b', "c"]],
  ['a"b c"d', ["ab cd"]],
  ['"a""b"', ["ab"]],
  ['"" a', ["a"]],
  ["a\\*b", ["a\\*b"]],
  ["a\\ b", ["a\\ b"]],
  ['\\"a b', ['\\"a', "b"]],
  ['"a\\" b"', ['a\\" b']],
  ["a\\", ["a\\"]],
  ["a\u00a0b\u3000c\vd\fe\ufefff \u2028", ["a\u00a0b\u3000c\vd\fe\ufefff", "\u2028"]],
  ['"a', undefined],
  ["a'", undefined],
  ['"a\\"', undefined],
];

for (const [value, words] of SPLITS) {
  test(`wordsOf splits ${JSON.stringify(value)}`, () => assert.deepEqual(wordsOf(value), words));
}
