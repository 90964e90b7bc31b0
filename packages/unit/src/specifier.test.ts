import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandNameSpecifiers, expandSpecifiers } from "./specifier.ts";

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

const BY_NAME: readonly (readonly [value: string, name: string, expanded: string])[] = [
  ["%n %N %p %i %%", "foo@bar.service", "foo@bar.service foo@bar foo bar %"],
  ["%j %J", "nightly-back\\x2dup@1.timer", "back\\x2dup back-up"],
  ["%j %H", "backup.timer", "backup %H"],
  ["%P %I", "a-b\\x40@c-d.service", "a/b@ c/d"],
];

for (const [value, name, expanded] of BY_NAME) {
  test(`systemd expands ${value} of ${name} to ${JSON.stringify(expanded)}`, () => {
    assert.equal(expandNameSpecifiers(value, name), expanded);
  });
}

test("an expanded value is not expanded again", () => {
  assert.equal(expandSpecifiers("%i", "a@%n.service"), "%n");
});

test("doubled percent signs expand to the original text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(expandSpecifiers(text.replaceAll("%", "%%"), "a@b.service"), text);
    }),
  );
});
