import assert from "node:assert/strict";
import { test } from "node:test";
import { globMatcher } from "@flotilla/unit";
import fc from "fast-check";
import type { DeployerScope } from "./caller.ts";
import { isWithin, scopeProblem } from "./scope.ts";

for (const [globs, pattern, within] of [
  [["web*"], "web.service", true],
  [["web*"], "web@*.service", true],
  [["web*"], "we*", false],
  [["web*"], "*", false],
  [["web@?.service"], "web@?.service", true],
  [["web@?.service"], "web@*.service", false],
  [["web@[ab].service"], "web@a.service", true],
  [["*web*"], "[web]", false],
  [["db*", "web*"], "web?.service", true],
] as const)
  test(`${pattern} is ${within ? "" : "not "}within ${globs.join(", ")}`, () => {
    assert.equal(isWithin(globs, pattern), within);
  });

test("each name of a pattern within a glob matches the glob", () => {
  const text = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet.split("")), maxLength: 6 });
  fc.assert(
    fc.property(text("ab*?[]\\"), text("ab*?[]\\"), text("ab[]\\*?"), (glob, pattern, name) => {
      if (isWithin([glob], pattern) && globMatcher(pattern)(name)) assert.ok(globMatcher(glob)(name));
    }),
    { numRuns: 20_000 },
  );
});

const SCOPE: DeployerScope = { units: ["web*"], machineMetadata: {}, admit: "unprivileged", users: [] };

for (const [scope, problem] of [
  [SCOPE, undefined],
  [{ ...SCOPE, users: ["www"] }, undefined],
  [{ ...SCOPE, units: ["*"], admit: undefined }, undefined],
  [{ ...SCOPE, units: [] }, /needs the patterns/],
  [{ ...SCOPE, units: ["web*", "*"] }, /begins with a wildcard/],
  [{ ...SCOPE, units: ["[pw]*"] }, /begins with a wildcard/],
  [{ ...SCOPE, users: ["root"] }, /cannot be a user/],
  [{ ...SCOPE, users: ["0"] }, /cannot be a user/],
  [{ ...SCOPE, users: ["www"], admit: undefined }, /only under an admission rule/],
] as const)
  test(`the scope ${JSON.stringify(scope)} is ${problem ? "refused" : "granted"}`, () => {
    const said = scopeProblem(scope);
    if (problem) assert.match(said ?? "", problem);
    else assert.equal(said, undefined);
  });
