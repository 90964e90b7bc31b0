import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOptions } from "./hash.ts";
import { parseUnitFile } from "./parse.ts";
import { serialiseOptions } from "./serialise.ts";
import type { UnitOption } from "./unit-file.ts";
import { UnitFileError } from "./unit-file-error.ts";

/** Options as `Section.Name=Value`, for tables. */
function flat(text: string): readonly string[] {
  return parseUnitFile(text).options.map(({ section, name, value }) => `${section}.${name}=${value}`);
}

const ACCEPTED: readonly { readonly what: string; readonly text: string; readonly options: readonly string[] }[] = [
  { what: "an option", text: "[Service]\nExecStart=/bin/true\n", options: ["Service.ExecStart=/bin/true"] },
  { what: "no newline at the end", text: "[A]\nB=c", options: ["A.B=c"] },
  { what: "a section without options", text: "[Unit]\n", options: [] },
  { what: "repeated options in order", text: "[A]\nB=2\nC=x\nB=1\nB=2", options: ["A.B=2", "A.C=x", "A.B=1", "A.B=2"] },
  { what: "a repeated section", text: "[A]\nB=1\n[C]\nD=2\n[A]\nE=3", options: ["A.B=1", "C.D=2", "A.E=3"] },
  { what: "an empty assignment", text: "[A]\nB=\nC= \t\nD=1", options: ["A.B=", "A.C=", "A.D=1"] },
  { what: "whitespace around every part", text: " [A] \n\t B \t= c d \t\n", options: ["A.B=c d"] },
  { what: "an equals sign in the value", text: '[A]\nB="c=d" e', options: ['A.B="c=d" e'] },
  { what: "quotes and specifiers unchanged", text: "[A]\nB='%n' \"x\ty\" %%", options: ["A.B='%n' \"x\ty\" %%"] },
  { what: "comment signs inside a value", text: "[A]\nB=c # d ; e\nF=#", options: ["A.B=c # d ; e", "A.F=#"] },
  { what: "comments", text: "# a=b\n;c\n[A]\n  # x\n;y=z\nB=1\n#", options: ["A.B=1"] },
  { what: "a comment that ends in a backslash", text: "[A]\n# x \\\nB=1", options: ["A.B=1"] },
  { what: "a strange name", text: "[Service]\n<<<<<=bar", options: ["Service.<<<<<=bar"] },
  { what: "CRLF", text: "[A]\r\nB=c\r\n\r\nD=e \\\r\n  f\r\n", options: ["A.B=c", "A.D=e \\\n  f"] },
  { what: "LFCR", text: "[A]\n\rB=c \\\n\rd\n\r\n\rE=f", options: ["A.B=c \\\nd", "A.E=f"] },
  { what: "CR", text: "[A]\rB=c\rD=e", options: ["A.B=c", "A.D=e"] },
  { what: "a byte order mark", text: "\uFEFF[A]\nB=c", options: ["A.B=c"] },
  { what: "characters beyond ASCII", text: "[Unit]\nDescription=Größe 📦", options: ["Unit.Description=Größe 📦"] },
  {
    what: "whitespace that only JavaScript recognises as part of a value",
    text: "[A]\nB=\u00a0c\u3000\nD=\v \f\u2028\nE=\ufeff",
    options: ["A.B=\u00a0c\u3000", "A.D=\v \f\u2028", "A.E=\ufeff"],
  },
  {
    what: "a line of no-break spaces that continues a value",
    text: "[A]\nB=c \\\n\u00a0\nD=e",
    options: ["A.B=c \\\n\u00a0", "A.D=e"],
  },
  {
    what: "a line beyond go-systemd's 2,048 bytes",
    text: `[A]\nB=${"x".repeat(5000)}`,
    options: [`A.B=${"x".repeat(5000)}`],
  },
  {
    what: "a continued value",
    text: '[S]\nE=echo \\\n  "pi\\\n  ng"\nF=g',
    options: ['S.E=echo \\\n  "pi\\\n  ng"', "S.F=g"],
  },
  { what: "a value that begins with its continuation", text: "[S]\nE=\\\necho", options: ["S.E=\\\necho"] },
  { what: "a comment within a continued value", text: "[S]\nE=a \\\n# b\n  c", options: ["S.E=a \\\n# b\n  c"] },
  {
    what: "a comment with a trailing backslash within a continued value",
    text: "[S]\nE=a \\\n ;b=\\\nc\nF=1",
    options: ["S.E=a \\\n ;b=\\\nc", "S.F=1"],
  },
  { what: "an equals sign in a continuation", text: "[S]\nE=a \\\nB=c", options: ["S.E=a \\\nB=c"] },
  { what: "two backslashes at the end", text: "[S]\nE=a\\\\\nB=c", options: ["S.E=a\\\\", "S.B=c"] },
  { what: "a blank line that ends a continuation", text: "[S]\nE=a \\\n \nB=c", options: ["S.E=a \\\n", "S.B=c"] },
  { what: "a continuation into the end of the file", text: "[S]\nE=a \\\n", options: ["S.E=a \\\n"] },
  { what: "a continuation into the end of the file without a newline", text: "[S]\nE=a \\", options: ["S.E=a \\\n"] },
  {
    what: "a continuation that ends in a comment",
    text: "[S]\nE=a \\\n#b \\\n\nF=1",
    options: ["S.E=a \\\n#b \\\n", "S.F=1"],
  },
];

for (const { what, text, options } of ACCEPTED) {
  test(`parseUnitFile accepts ${what}`, () => {
    assert.deepEqual(flat(text), options);
    assert.equal(parseUnitFile(text).text, text);
  });
}

const REFUSED: readonly {
  readonly what: string;
  readonly text: string;
  readonly line: number;
  readonly message: RegExp;
}[] = [
  { what: "an empty text", text: "", line: 1, message: /not a unit file: it has no section/ },
  { what: "comments alone", text: "# a\n\n; b\n", line: 1, message: /not a unit file: it has no section/ },
  {
    what: "an option before any section",
    text: "\nA=b\n[C]\n",
    line: 2,
    message: /line 2: "A=b".*is outside of a section/,
  },
  { what: "prose", text: "Echo", line: 1, message: /line 1: "Echo" has no "="/ },
  { what: "a line without =", text: "[Unit]\nnonsense upon stilts\n", line: 2, message: /line 2: .*has no "="/ },
  { what: "a line without = after CRLF", text: "[Unit]\r\nA=b\r\nnonsense", line: 3, message: /line 3: "nonsense"/ },
  { what: "an option without a name", text: "[A]\n = b", line: 2, message: /no option name before the "="/ },
  {
    what: "an unclosed section",
    text: "[A]\nB=c\n[Service\nD=e",
    line: 3,
    message: /line 3: the section header "\[Service" is not closed/,
  },
  { what: "text after a section", text: "[A] # b", line: 1, message: /" # b" follows the section header/ },
  { what: "a section without a name", text: "[ ]\nA=b", line: 1, message: /section has no name/ },
  {
    what: "whitespace after a backslash",
    text: "[A]\nB=c \\\n d \\ \nE=f",
    line: 3,
    message: /line 3: whitespace follows the trailing backslash/,
  },
  {
    what: "a no-break space after a backslash",
    text: "[A]\nB=c \\\u00a0\nE=f",
    line: 2,
    message: /line 2: whitespace follows the trailing backslash/,
  },
  {
    what: "a no-break space before a name",
    text: "[A]\n\u00a0B=c",
    line: 2,
    message:
      /line 2: the option name "\u00a0B" contains the invisible character U\+00A0, which systemd reads as part of the name/,
  },
  { what: "a zero-width space in a name", text: "[A]\nB\u200b=c", line: 2, message: /character U\+200B/ },
  { what: "a form feed after a name", text: "[A]\nB\f=c", line: 2, message: /character U\+000C/ },
  { what: "a comment after a form feed", text: "[A]\n\f# B", line: 2, message: /line 2: "\\f# B" has no "="/ },
  {
    what: "a no-break space after a header",
    text: "[A]\u00a0\n",
    line: 1,
    message: /"\u00a0" follows the section header/,
  },
  {
    what: "a byte order mark inside the text",
    text: "[A]\nB=c\n\ufeff[D]\n",
    line: 3,
    message: /line 3 contains a byte order mark/,
  },
  { what: "two byte order marks", text: "\ufeff\ufeff[A]\n", line: 1, message: /line 1: "\ufeff\[A\]" has no "="/ },
  { what: "a noncharacter", text: "[A]\nB=\u{1ffff}", line: 2, message: /line 2 contains a Unicode noncharacter/ },
  { what: "a quote in a header", text: '[A]\n[B"c]', line: 2, message: /line 2: the section header .* contains "\\""/ },
  {
    what: "a tab in a header",
    text: "[A\t]",
    line: 1,
    message: /contains "\\t", so systemd would refuse the whole file/,
  },
  {
    what: "a header without its bracket",
    text: "[A]\nUnit]\n",
    line: 2,
    message: /line 2: "Unit\]" is not a section header; write \[Unit\]/,
  },
  { what: "a NUL", text: "[A]\nB=c\0d", line: 2, message: /line 2 contains a NUL byte/ },
  { what: "a program", text: "\x7fELF\x02\x01\x01\0\0", line: 1, message: /NUL byte/ },
  {
    what: "bytes that are not UTF-8",
    text: "[A]\n\nB=\uFFFD",
    line: 3,
    message: /line 3 contains bytes that are not UTF-8/,
  },
  { what: "a lone surrogate", text: "[A]\nB=📦\uD800", line: 2, message: /line 2 contains half a character/ },
  { what: "10,001 lines", text: `[A]${"\n".repeat(10_000)}`, line: 10_001, message: /more than 10000 lines/ },
  { what: "5,001 options", text: `[A]\n${"B=\n".repeat(5_001)}`, line: 5_002, message: /more than 5000 options/ },
  {
    what: "65,537 characters in [Unit] and [Install]",
    text: `[Unit]\nAfter=${"a ".repeat(16_384)}b\n[Install]\nAlias=${"a ".repeat(16_383)}ab\n`,
    line: 4,
    message: /more than 65536 characters in \[Unit\] and \[Install\]/,
  },
];

for (const { what, text, line, message } of REFUSED) {
  test(`parseUnitFile refuses ${what}`, () => {
    assert.throws(
      () => parseUnitFile(text),
      (error) => error instanceof UnitFileError && error.line === line && message.test(error.message),
    );
  });
}

test("parseUnitFile accepts a file at the limits of lines, options and characters", () => {
  assert.equal(parseUnitFile(`[A]${"\n".repeat(9_999)}`).options.length, 0);
  assert.equal(parseUnitFile(`[A]\n${"B=\n".repeat(5_000)}`).options.length, 5_000);
  assert.equal(parseUnitFile(`[Unit]\nAfter=${"a".repeat(65_536)}\n[Service]\nA=b`).options.length, 2);
});

test("parseUnitFile quotes only the beginning of a long line", () => {
  assert.throws(
    () => parseUnitFile(`[A]\n${"x".repeat(10_000)}`),
    (error) => error instanceof UnitFileError && error.code === "bad-unit-file" && error.message.length < 250,
  );
});

/** The options in the order of a serialised file, which groups the options of a section. */
function grouped(options: readonly UnitOption[]): readonly UnitOption[] {
  return Array.from(Map.groupBy(options, ({ section }) => section).values()).flat();
}

const unitText = fc
  .array(
    fc.constantFrom("[A]\n", "[B]\n", "C=", "d", "=", "\\", "\n", "\\\n", "\r\n", " ", "#", ";", "[", "]", '"', "ä"),
    {
      maxLength: 40,
    },
  )
  .map((pieces) => `[A]\n${pieces.join("")}`);

function parsed(text: string): readonly UnitOption[] | undefined {
  try {
    return parseUnitFile(text).options;
  } catch (error) {
    assert.ok(error instanceof UnitFileError);
    return undefined;
  }
}

test("serialising a parsed file keeps its options", () => {
  fc.assert(
    fc.property(unitText, (text) => {
      const options = parsed(text);
      if (options === undefined || options.length === 0) return;
      const serialised = serialiseOptions(options);
      assert.deepEqual(parseUnitFile(serialised).options, grouped(options));
      assert.equal(serialiseOptions(parseUnitFile(serialised).options), serialised);
    }),
    { numRuns: 2000 },
  );
});

test("parseUnitFile throws only UnitFileError", () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string(), unitText), (text) => void parsed(text)));
});

test("comments and blank lines between options do not change the hash", () => {
  const line = fc.stringMatching(/^[A-Za-z]{1,8}=[a-z "'%#;]{0,12}$/);
  const comment = fc.oneof(fc.stringMatching(/^[ \t]{0,2}[#;][ -~]{0,20}$/), fc.constantFrom("", "  "));
  fc.assert(
    fc.property(fc.array(fc.tuple(comment, line)), (pairs) => {
      const bare = ["[A]", ...pairs.map(([, option]) => option)].join("\n");
      const commented = ["[A]", ...pairs.flat()].join("\n");
      assert.equal(hashOptions(parseUnitFile(commented).options), hashOptions(parseUnitFile(bare).options));
    }),
  );
});
