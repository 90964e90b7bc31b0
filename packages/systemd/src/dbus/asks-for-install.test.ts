import assert from "node:assert/strict";
import { test } from "node:test";
import { asksForInstall } from "./asks-for-install.ts";

for (const [what, text, answer] of [
  ["a file with WantedBy", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n", true],
  ["a file without [Install]", "[Service]\nExecStart=/bin/true\n", false],
  ["a file that is gone", "", false],
  ["a file that somebody broke", "[Service\nnonsense", false],
] as const) {
  test(`${what}: ${answer}`, () => assert.equal(asksForInstall(text), answer));
}
