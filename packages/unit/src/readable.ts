import { BYTE_ORDER_MARK, linesOf } from "./lines.ts";
import { UnitFileError } from "./unit-file-error.ts";

/**
 * Refuses a text that systemd does not read as it stands. Its `utf8_is_valid` rejects an invalid character and, outside
 * comments, a noncharacter of Unicode; NUL ends a line; of several byte order marks at the start of lines only the first
 * one is dropped.
 *
 * @throws UnitFileError naming the line.
 */
export function refuseUnreadable(text: string): void {
  refuseAt(text, text.indexOf("\0"), "a NUL byte");
  // What is left of bytes that were not UTF-8, once decoded.
  refuseAt(text, text.indexOf("\uFFFD"), "bytes that are not UTF-8");
  if (!text.isWellFormed()) refuseAt(text, text.search(/\p{Surrogate}/u), "half a character (a lone surrogate)");
  refuseAt(
    text,
    text.search(/\p{Noncharacter_Code_Point}/u),
    "a noncharacter of Unicode, for which systemd refuses the whole file",
  );
  if (text.includes(BYTE_ORDER_MARK, 1)) {
    refuseAt(text, text.search(/(?<=[\r\n])\uFEFF/), "a byte order mark at its start, as files that were joined have");
  }
}

function refuseAt(text: string, position: number, found: string): void {
  if (position === -1) return;
  const number = linesOf(text.slice(0, position)).length;
  throw new UnitFileError(
    number,
    `Line ${number} holds ${found}: a unit file is UTF-8 text. Check that this is the right file.`,
  );
}
