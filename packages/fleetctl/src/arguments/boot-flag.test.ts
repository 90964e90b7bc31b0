import assert from "node:assert/strict";
import { test } from "node:test";
import { withBootFlag } from "./boot-flag.ts";

for (const [given, expected] of [
  ["-b web", "--boot=0 web"],
  ["web -b", "web --boot=0"],
  ["-b -1 web", "--boot=-1 web"],
  ["-b-1 web", "--boot=-1 web"],
  ["--boot 2 web", "--boot=2 web"],
  ["--boot=-2 web", "--boot=-2 web"],
  ["-b 0123456789abcdef0123456789abcdef web", "--boot=0123456789abcdef0123456789abcdef web"],
  ["web -- -b", "web -- -b"],
] as const) {
  test(`journal ${given}`, () => assert.equal(withBootFlag(given.split(" ")).join(" "), expected));
}
