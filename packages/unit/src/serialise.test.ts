import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUnitFile } from "./parse.ts";
import { serialiseOptions } from "./serialise.ts";

const LAYOUTS: readonly { readonly what: string; readonly options: readonly string[]; readonly text: string }[] = [
  { what: "nothing", options: [], text: "" },
  { what: "one option", options: ["A.B=c"], text: "[A]\nB=c\n" },
  { what: "an empty value", options: ["A.B="], text: "[A]\nB=\n" },
  { what: "two sections", options: ["A.B=1", "A.B=2", "C.D=3"], text: "[A]\nB=1\nB=2\n\n[C]\nD=3\n" },
  { what: "a section that appears again", options: ["A.B=1", "C.D=2", "A.E=3"], text: "[A]\nB=1\nE=3\n\n[C]\nD=2\n" },
  { what: "a continued value", options: ["A.B=1 \\\n  2", "A.C=3"], text: "[A]\nB=1 \\\n  2\nC=3\n" },
];

for (const { what, options, text } of LAYOUTS) {
  test(`serialiseOptions lays out ${what}`, () => {
    const read = options.map((option) => {
      const [, section = "", name = "", value = ""] = /^(.*?)\.(.*?)=(.*)$/s.exec(option) ?? [];
      return { section, name, value };
    });
    assert.equal(serialiseOptions(read), text);
  });
}

test("parsing a serialised file returns the same options", () => {
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
  const line = fc
    .string({ unit: "grapheme", maxLength: 12 })
    .map((text) => text.replaceAll(/[\r\n\\\0\uFFFD]/g, "").trim());
  const continued = fc
    .tuple(
      line,
      line.filter((text) => !/^$|^[#;]/.test(text)),
    )
    .map(([a, b]) => `${a}\\\n${b}`);
  const option = fc.record({ section: word, name: word, value: fc.oneof(line, continued) }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(option, { minLength: 1 }), (options) => {
      const sections = Map.groupBy(options, ({ section }) => section);
      assert.deepEqual(parseUnitFile(serialiseOptions(options)).options, Array.from(sections.values()).flat());
    }),
  );
});
