import assert from "node:assert/strict";
import { test } from "node:test";
import { descriptionOf } from "./description.ts";
import { optionValues } from "./option-values.ts";
import { parseUnitFile } from "./parse.ts";

/** systemd 252 shows the same joined values for a Description= with these lines. */
const VALUES: readonly { readonly what: string; readonly text: string; readonly values: readonly string[] }[] = [
  { what: "in order", text: "B=1\nC=2\nB=3", values: ["1", "3"] },
  { what: "of all sections of that name", text: "B=1\n[C]\nB=2\n[A]\nB=3", values: ["1", "3"] },
  { what: "with the exact case only", text: "b=1\n[a]\nB=2", values: [] },
  { what: "after the last empty assignment", text: "B=1\nB=\nB=2\nB=3", values: ["2", "3"] },
  { what: "as an empty list after an empty assignment", text: "B=1\nB=", values: [] },
  { what: "with continuations joined", text: "B=a \\\n  b\\\nc", values: ["a    b c"] },
  { what: "without comment lines in between", text: "B=a \\\n # x \\\n; y\n  b", values: ["a    b"] },
  { what: "with escaped backslashes", text: "B=a\\\\", values: ["a\\\\"] },
  { what: "with an open continuation", text: "B=a \\\n\nC=d", values: ["a"] },
  { what: "after a continued empty assignment", text: "B=1\nB=\\\n\\\n\nC=d", values: [] },
];

for (const { what, text, values } of VALUES) {
  test(`optionValues returns the values ${what}`, () => {
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
