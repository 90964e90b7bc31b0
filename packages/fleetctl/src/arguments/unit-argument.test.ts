import assert from "node:assert/strict";
import { test } from "node:test";
import { UnitNameError } from "@flotilla/unit";
import { isPattern, unitNameOf, unitPathOf } from "./unit-argument.ts";

const names = {
  foo: "foo.service",
  "foo.1": "foo.1.service",
  "foo/bar.socket": "bar.socket",
  "foo.socket": "foo.socket",
  "foo.service": "foo.service",
  "web@1": "web@1.service",
  "../x.service": "x.service",
  "web@.service": "web@.service",
  "./units/a.timer": "a.timer",
};

for (const [argument, name] of Object.entries(names)) {
  test(`${argument} names ${name}`, () => assert.equal(unitNameOf(argument), name));
}

for (const argument of ["foo@{1,3}.service", "a b.service", "@1.service", `${"x".repeat(300)}.service`, ""]) {
  test(`${JSON.stringify(argument.slice(0, 20))} names no unit`, () => {
    assert.throws(() => unitNameOf(argument), UnitNameError);
  });
}

test("a path keeps its directory and gets the suffix", () => {
  assert.equal(unitPathOf("units/web"), "units/web.service");
  assert.equal(unitPathOf("web@1.service"), "web@1.service");
});

test("only the name decides whether an argument is a pattern", () => {
  assert.ok(isPattern("web@*"));
  assert.ok(isPattern("units/a?.service"));
  assert.ok(!isPattern("some[dir]/a.service"));
});
