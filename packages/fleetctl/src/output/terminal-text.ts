import { stripVTControlCharacters } from "node:util";
import type { Output } from "../environment.ts";

/**
 * Text that is safe for a terminal. The author of a unit file, log line, status text or metadata must not be able to
 * move the reader's cursor or set the clipboard. Like journalctl, removes colours and other sequences; any other
 * control character except line ends and tabs shows as its bytes, `\x1b`.
 */
export function terminalText(text: string): string {
  return stripVTControlCharacters(text).replace(/\r(?!\n)|[^\P{Cc}\r\n\t]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** Wraps a terminal so that written text is safe; a pipe or file gets the bytes unchanged. */
export function cleanTerminal(out: Output): Output {
  if (!out.isTerminal) return out;
  // A character may be split between two writes.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    isTerminal: true,
    columns: out.columns,
    write: (data) =>
      out.write(
        terminalText(typeof data === "string" ? decoder.decode() + data : decoder.decode(data, { stream: true })),
      ),
    control: (sequence) => out.control(sequence),
    drained: (signal) => out.drained(signal),
    flushed: () => out.flushed(),
  };
}
