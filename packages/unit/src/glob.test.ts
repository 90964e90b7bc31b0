import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { globMatcher, isGlob, matchesGlob } from "./glob.ts";

/** Mostly from the tests of Go's `path.Match` and fleet. */
const CASES: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ["*", "foo.service", true],
  ["foo.*", "foo.socket", true],
  ["foo@*.service", "foo@12.service", true],
  ["foo@[abc].service", "foo@a.service", true],
  ["foo@[abc].service", "foo@d.service", false],
  ["foo@?.service", "foo@1.service", true],
  ["foo@?.service", "foo@.service", false],
  ["foo.service", "bar.service", false],
  ["", "", true],
  ["", "a", false],
  ["*", "", true],
  ["*c", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/fff", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["ab[^b-d]", "abc", false],
  ["[z-a]", "m", false],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a\\\\x2db.service", "a\\x2db.service", true],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["a?b", "a/b", false],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "-", true],
  ["[\\-x]", "z", false],
  ["]", "]", true],
  ["*x", "xxx", true],
];

for (const [pattern, name, expected] of CASES) {
  test(`${pattern} ${expected ? "matches" : "does not match"} ${JSON.stringify(name)}`, () => {
    assert.equal(matchesGlob(pattern, name), expected);
    assert.equal(isGlob(pattern), true);
  });
}

for (const pattern of [
  "[]a]",
  "[-]",
  "[x-]",
  "[-x]",
  "[a-b-c]",
  "[",
  "[^",
  "[^bc",
  "a[",
  "a[b",
  "[]",
  "\\",
  "a\\",
  "[\\",
]) {
  test(`${pattern} is malformed and matches nothing`, () => {
    assert.equal(isGlob(pattern), false);
    for (const name of ["a", "x", "]", "-", pattern]) assert.equal(matchesGlob(pattern, name), false);
  });
}

test("matchesGlob agrees with the same pattern as a regular expression", () => {
  const piece: fc.Arbitrary<readonly [glob: string, expression: string]> = fc.constantFrom(
    ["*", "[^/]*"] as const,
    ["?", "[^/]"] as const,
    ["a", "a"] as const,
    ["b", "b"] as const,
    [".", "\\."] as const,
    ["\\*", "\\*"] as const,
    ["[ab]", "[ab]"] as const,
    ["[a-c.]", "[a-c.]"] as const,
    ["/", "/"] as const,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.stringMatching(/^[abc.*/]{0,10}$/), (pieces, name) => {
      const expression = new RegExp(`^${pieces.map(([, part]) => part).join("")}$`);
      assert.equal(globMatcher(pieces.map(([glob]) => glob).join(""))(name), expression.test(name));
    }),
    { numRuns: 3000 },
  );
});

test("a fully escaped pattern matches its own text only", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, other) => {
      const literal = Array.from(text, (character) => `\\${character}`).join("");
      assert.equal(matchesGlob(literal, text), true);
      assert.equal(matchesGlob(literal, other), text === other);
    }),
  );
});

for (const length of [30, 31, 32, 33, 63, 64, 65, 512]) {
  test(`a glob of ${length} characters matches names of that length, and longer names when a star precedes or follows it`, () => {
    const glob = "[ab]".repeat(length);
    const name = "ab".repeat(length).slice(0, length);
    assert.equal(matchesGlob(glob, name), true);
    assert.equal(matchesGlob(glob, `${name}a`), false);
    assert.equal(matchesGlob(glob, name.slice(1)), false);
    assert.equal(matchesGlob(`*${glob}?`, `b${name}a`), true);
    assert.equal(matchesGlob(`${glob}*c`, `${name}aaac`), true);
    assert.equal(matchesGlob(`${glob}*c`, `${name}aaaca`), false);
  });
}
