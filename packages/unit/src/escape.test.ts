import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeName, unescapeName } from "./escape.ts";
import { UnitNameError } from "./unit-name-error.ts";

/** As systemd-escape of systemd 252 prints them. */
const ESCAPED: readonly (readonly [string, string])[] = [
  ["", ""],
  ["foo", "foo"],
  ["a:b_c.d", "a:b_c.d"],
  ["/var/lib", "-var-lib"],
  ["a-b", "a\\x2db"],
  [".hidden", "\\x2ehidden"],
  ["a@b\\c", "a\\x40b\\x5cc"],
  ["tab\t", "tab\\x09"],
  ["ü~", "\\xc3\\xbc\\x7e"],
];

for (const [text, escaped] of ESCAPED) {
  test(`escapeName makes ${escaped} of ${JSON.stringify(text)}, and back`, () => {
    assert.equal(escapeName(text), escaped);
    assert.equal(unescapeName(escaped), text);
  });
}

test("unescapeName takes capital digits", () => assert.equal(unescapeName("a\\x2Db"), "a-b"));

for (const bad of ["\\", "a\\b", "\\x", "\\x2", "\\xzz", "\\X2d", "\\xff"]) {
  test(`unescapeName refuses ${bad}`, () => assert.throws(() => unescapeName(bad), UnitNameError));
}

test("unescapeName undoes escapeName, whose result needs no escaping in a unit's name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(unescapeName(escapeName(text)), text);
      assert.match(escapeName(text), /^[A-Za-z0-9:_.\\-]*$/);
    }),
  );
});
