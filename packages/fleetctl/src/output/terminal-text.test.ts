import assert from "node:assert/strict";
import { test } from "node:test";
import type { Output } from "../environment.ts";
import { cleanTerminal, terminalText } from "./terminal-text.ts";

for (const [what, text, shown] of [
  ["plain text, tabs and line ends", "naïve — ✓\t1\r\n2\n", "naïve — ✓\t1\r\n2\n"],
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["a title", "a\u001b]0;owned\u0007b", "ab"],
  ["the clipboard", "\u001b]52;c;cm0gLXJmIC8=\u0007", ""],
  ["a bare escape", "a\u001b", "a\\x1b"],
  ["a carriage return over a line", "evil\rgood", "evil\\x0dgood"],
  ["backspaces and a bell", "a\b\u0007\u007f", "a\\x08\\x07\\x7f"],
  ["an 8-bit control sequence", "\u009b", "\\xc2\\x9b"],
  ["a NUL byte", "\0", "\\x00"],
] as const) {
  test(`on a terminal: ${what}`, () => {
    assert.equal(terminalText(text), shown);
    // The remaining text does nothing on a terminal.
    assert.doesNotMatch(terminalText(text), /[^\P{Cc}\r\n\t]/u);
  });
}

function written(isTerminal: boolean): { readonly out: Output; readonly chunks: (string | Uint8Array)[] } {
  const chunks: (string | Uint8Array)[] = [];
  const out: Output = {
    isTerminal,
    columns: 80,
    write: (data) => chunks.push(data) > 0,
    control: (sequence) => void chunks.push(sequence),
    drained: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
  };
  return { out: cleanTerminal(out), chunks };
}

test("bytes are cleaned wherever they are split, and fleetctl's own sequences pass", () => {
  const { out, chunks } = written(true);
  for (const byte of Buffer.from("ü\u009b\u001b[2J✓")) out.write(Uint8Array.of(byte));
  out.control("\u001b[K");
  assert.equal(chunks.join(""), "ü\\xc2\\x9b\\x1b[2J✓\u001b[K");
});

test("a pipe gets the bytes as they are", () => {
  const { out, chunks } = written(false);
  const bytes = Uint8Array.of(0x1b, 0xff);
  out.write(bytes);
  out.write("\u001b[2J");
  assert.deepEqual(chunks, [bytes, "\u001b[2J"]);
});
