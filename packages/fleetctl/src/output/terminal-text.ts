import { stripVTControlCharacters } from "node:util";
import type { Output } from "../environment.ts";

/**
 * Text as a terminal may show it. Whoever writes a unit file, a log line, a status text or a machine's metadata must
 * not move the cursor, change colours or set the clipboard of whoever looks at it. As journalctl does, colours and
 * other sequences are taken away; any other control character shows as its bytes, `\x1b`, but for line ends and tabs.
 */
export function terminalText(text: string): string {
  return stripVTControlCharacters(text).replace(/\r(?!\n)|[^\P{Cc}\r\n\t]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** The same output, if it is a terminal with everything that is written cleaned; a pipe or file gets the bytes as they are. */
export function cleanTerminal(out: Output): Output {
  if (!out.isTerminal) return out;
  // A character may come in two pieces.
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
