import assert from "node:assert/strict";
import { test } from "node:test";
import { signalNumber } from "./signal-number.ts";

const rows: readonly (readonly [text: string, number: number | undefined])[] = [
  ["HUP", 1],
  ["SIGHUP", 1],
  ["sigterm", 15],
  ["9", 9],
  ["RTMIN", 34],
  ["SIGRTMIN+3", 37],
  ["RTMAX-1", 63],
  ["0", undefined],
  ["65", undefined],
  ["RTMAX+1", undefined],
  ["RTMIN-1", undefined],
  ["SIG", undefined],
  ["NOSUCH", undefined],
  ["-9", undefined],
];

for (const [text, number] of rows) {
  test(`signal ${text}: ${number ?? "none"}`, () => assert.equal(signalNumber(text), number));
}
