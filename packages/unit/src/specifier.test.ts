import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandSpecifiers } from "./specifier.ts";

const EXPANSIONS: readonly (readonly [value: string, name: string, expanded: string])[] = [
  ["%n %N %p %i", "foo@bar.service", "foo@bar.service foo@bar foo bar"],
  ["%n %N %p [%i]", "test.service", "test.service test test []"],
  ["%i", "web@.service", ""],
  ["%i", "a@b@c.timer", "b@c"],
  ["%N", "a.b.socket", "a.b"],
  ["%p.socket", "foo.service", "foo.socket"],
  ["%%n", "foo.service", "%n"],
  ["100%%", "foo.service", "100%"],
  ["%%%p", "foo.service", "%foo"],
  ["%", "foo.service", "%"],
  ["50%, %H, %u%", "foo.service", "50%, %H, %u%"],
  ["%i", "a@$&.service", "$&"],
];

for (const [value, name, expanded] of EXPANSIONS) {
  test(`${value} of ${name} expands to ${JSON.stringify(expanded)}`, () => {
    assert.equal(expandSpecifiers(value, name), expanded);
  });
}

test("what a specifier brought in is not expanded again", () => {
  assert.equal(expandSpecifiers("%i", "a@%n.service"), "%n");
});

test("doubled percent signs come out as they were", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(expandSpecifiers(text.replaceAll("%", "%%"), "a@b.service"), text);
    }),
  );
});
