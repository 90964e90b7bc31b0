import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUnitFile } from "./parse.ts";
import { serialiseOptions } from "./serialise.ts";
import { fileOfOptions } from "./file-of-options.ts";
import type { UnitOption } from "./unit-file.ts";
import { UnitFileError } from "./unit-file-error.ts";
import { UnitOptionError } from "./unit-option-error.ts";

const option = (section: string, name: string, value: string): UnitOption => ({ section, name, value });

const SLEEP = option("Service", "ExecStart", "/bin/sleep 1d");

const REFUSED: readonly { readonly what: string; readonly options: readonly UnitOption[]; readonly message: RegExp }[] =
  [
    {
      what: "a value that ends in a backslash",
      options: [option("Service", "ExecStart", "/bin/sleep 1d \\"), option("Service", "User", "nobody")],
      message:
        /^the option "ExecStart" in the section "Service" .*: its value ends in a backslash.*; remove the backslash$/,
    },
    {
      what: "a value that contains another section",
      options: [option("Service", "ExecStart", "/bin/sleep 1d\n\n[X-Fleet]\nGlobal=true")],
      message: /"ExecStart" in the section "Service" .* newline without a backslash before it/,
    },
    { what: "a value with an option after it", options: [option("A", "B", "c\nD=e")], message: /newline without/ },
    { what: "a value with a comment after it", options: [option("A", "B", "c\n# d")], message: /newline without/ },
    { what: "a trailing newline", options: [option("A", "B", "c\n")], message: /begins or ends with whitespace/ },
    {
      what: "a leading space",
      options: [option("A", "B", " c")],
      message: /its value begins or ends with whitespace/,
    },
    { what: "a trailing tab", options: [option("A", "B", "c\t")], message: /begins or ends with whitespace/ },
    { what: "a CR", options: [option("A", "B", "c\rD=e")], message: /its value contains a CR/ },
    { what: "a backslash before a CR", options: [option("A", "B", "c \\\r\nd")], message: /its value contains a CR/ },
    { what: "a NUL", options: [option("A", "B", "c\0D=e")], message: /its value contains a NUL/ },
    {
      what: "a value with an empty line",
      options: [option("A", "B", "c \\\n\\\n\nd")],
      message: /(empty line|without a backslash)/,
    },
    {
      what: "a value that ends in a comment",
      options: [option("A", "B", "c \\\n# d")],
      message: /ends in a comment line/,
    },
    {
      what: "a backslash with a space after it",
      options: [option("A", "B", "c \\ ")],
      message: /begins or ends with whitespace/,
    },
    { what: "an empty name", options: [option("A", "", "c")], message: /"" in the section "A".*: it has no name/ },
    {
      what: "a name with =",
      options: [option("A", "B=x", "c")],
      message: /its name contains "="; send the text after/,
    },
    { what: "a name that is a comment", options: [option("A", "#B", "c")], message: /its name begins with "#"/ },
    {
      what: "a name that is a comment with a semicolon",
      options: [option("A", ";B", "c")],
      message: /its name begins with ";"/,
    },
    { what: "a name that is a header", options: [option("A", "[B]", "c")], message: /its name begins with "\["/ },
    {
      what: "a name with a newline",
      options: [option("A", "B\nC", "d")],
      message: /its name contains "\\n"; remove it/,
    },
    { what: "a name with a NUL", options: [option("A", "B\0C", "d")], message: /its name contains "\\u0000"/ },
    {
      what: "a name with trailing whitespace",
      options: [option("A", "B ", "c")],
      message: /its name begins or ends with whitespace/,
    },
    { what: "an empty section", options: [option("", "B", "c")], message: /its section has no name/ },
    { what: "a section with a bracket", options: [option("A]", "B", "c")], message: /section's name contains "]"/ },
    {
      what: "a section with a newline",
      options: [option("A]\nX=y\n[B", "C", "d")],
      message: /section's name contains/,
    },
    {
      what: "the last of several options",
      options: [SLEEP, SLEEP, option("A", "C=", "d")],
      message: /"C=" in the section "A"/,
    },
  ];

for (const { what, options, message } of REFUSED) {
  test(`fileOfOptions refuses ${what}, with the option, its section and the fix`, () => {
    assert.throws(
      () => fileOfOptions(options),
      (error) => error instanceof UnitOptionError && error.code === "bad-unit-file" && message.test(error.message),
    );
  });
}

test("fileOfOptions refuses too many options with the error of a unit file", () => {
  assert.throws(() => fileOfOptions(Array.from({ length: 10_001 }, () => SLEEP)), UnitFileError);
});

/** Values that fleet's clients send for ordinary files, as go-systemd parses them. */
const SENT_BY_FLEET: readonly UnitOption[] = [
  option("Unit", "Description", "Größe = \"a\" 'b' # c ; d"),
  option("Service", "ExecStart", "/bin/sh -c \\\n  'while true; do \\\n\techo \"a\\\\b\"; done'"),
  option("Service", "Environment", ""),
  option("Service", "ExecStartPre", "\\\n/bin/true"),
  option("Service", "ExecStop", "/bin/true \\\n"),
  option("Service", "Environment", "A=b\\\\"),
  option("Unit", "After", "docker.service"),
  option("X-Fleet", "Conflicts", "a@*.service"),
  option("Service", "<<<<<", "bar"),
];

test("fileOfOptions accepts the options that fleet's clients send for ordinary files", () => {
  assert.equal(fileOfOptions(SENT_BY_FLEET).text, serialiseOptions(SENT_BY_FLEET));
});

test("every option that fileOfOptions accepts is read back unchanged", () => {
  const piece = fc.constantFrom(
    "a",
    "B",
    "=",
    "\\",
    "\n",
    "\r",
    " ",
    "\t",
    "#",
    ";",
    "[",
    "]",
    '"',
    "\0",
    "\u00a0",
    "\\\n",
    "ä",
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const word = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("A", "B") }, { weight: 1, arbitrary: text });
  const options = fc.array(fc.tuple(word, word, text), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(options, (tuples) => {
      const given = tuples.map(([section, name, value]) => option(section, name, value));
      let written: string;
      try {
        written = fileOfOptions(given).text;
      } catch (error) {
        assert.ok(error instanceof UnitOptionError, String(error));
        assert.doesNotMatch(error.message, /undefined/);
        return;
      }
      const grouped = Array.from(Map.groupBy(given, ({ section }) => section).values()).flat();
      assert.deepEqual(parseUnitFile(written).options, grouped);
    }),
    { numRuns: 5000 },
  );
});

/** Options that fleet's clients send for files that go-systemd and systemd read differently. */
const MISREAD_BY_FLEET: readonly { readonly file: string; readonly sent: readonly UnitOption[] }[] = [
  {
    file: "[S]\nE=a \\\n  # b\n  --c=d\n",
    sent: [option("S", "E", "a \\\n  # b"), option("S", "--c", "d")],
  },
  { file: "[S]\nE=a\\\\\n\nB=c\n", sent: [option("S", "E", "a\\\\\n"), option("S", "B", "c")] },
  { file: "[S]\nE=a\\\\\n B=c\n", sent: [option("S", "E", "a\\\\\n B=c")] },
  { file: "[S]\r\nE=a \\\r\n  --c=d\r\n", sent: [option("S", "E", "a \\"), option("S", "--c", "d")] },
];

for (const { file, sent } of MISREAD_BY_FLEET) {
  test(`the misread options that fleet's clients send for ${JSON.stringify(file)} are refused`, () => {
    assert.notEqual(serialiseOptions(parseUnitFile(file).options), serialiseOptions(sent));
    assert.throws(() => fileOfOptions(sent), UnitOptionError);
  });
}
