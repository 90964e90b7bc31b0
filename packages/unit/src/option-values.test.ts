import assert from "node:assert/strict";
import { test } from "node:test";
import { descriptionOf } from "./description.ts";
import { optionValues } from "./option-values.ts";
import { parseUnitFile } from "./parse.ts";

/** The joined values are what systemd 252 shows for a Description= with the same lines. */
const VALUES: readonly { readonly what: string; readonly text: string; readonly values: readonly string[] }[] = [
  { what: "in order", text: "B=1\nC=2\nB=3", values: ["1", "3"] },
  { what: "of the whole file", text: "B=1\n[C]\nB=2\n[A]\nB=3", values: ["1", "3"] },
  { what: "not of another case", text: "b=1\n[a]\nB=2", values: [] },
  { what: "after the last empty assignment", text: "B=1\nB=\nB=2\nB=3", values: ["2", "3"] },
  { what: "none after an empty assignment", text: "B=1\nB=", values: [] },
  { what: "with continuations joined", text: "B=a \\\n  b\\\nc", values: ["a    b c"] },
  { what: "without the comments within", text: "B=a \\\n # x \\\n; y\n  b", values: ["a    b"] },
  { what: "with backslashes that are escaped", text: "B=a\\\\", values: ["a\\\\"] },
  { what: "with an open continuation", text: "B=a \\\n\nC=d", values: ["a"] },
  { what: "and a continuation into nothing is empty", text: "B=1\nB=\\\n\\\n\nC=d", values: [] },
];

for (const { what, text, values } of VALUES) {
  test(`optionValues gives the values ${what}`, () => {
    assert.deepEqual(optionValues(parseUnitFile(`[A]\n${text}`).options, "A", "B"), values);
  });
}

const DESCRIPTIONS: readonly (readonly [text: string, description: string])[] = [
  ["[Unit]\nDescription=Foo", "Foo"],
  ["[Unit]\nDescription=a \\\n  b", "a    b"],
  ["[Unit]\nDescription=\u00a0a\u3000\v \\\n\tb\f", "\u00a0a\u3000\v  \tb\f"],
  ["[Unit]\nDescription=a\nDescription=b", "b"],
  ["[Unit]\nDescription=a\nDescription=", ""],
  ["[Service]\nDescription=a", ""],
];

for (const [text, description] of DESCRIPTIONS) {
  test(`descriptionOf ${JSON.stringify(text)} is ${JSON.stringify(description)}`, () => {
    assert.equal(descriptionOf(parseUnitFile(text).options), description);
  });
}
