import { BYTE_ORDER_MARK, linesOf } from "./lines.ts";
import { UnitFileError } from "./unit-file-error.ts";

/**
 * Refuses a text that systemd reads differently or not at all. systemd's `utf8_is_valid` rejects an invalid character
 * and, outside comments, a Unicode noncharacter. A NUL ends a line. Only the first byte order mark is dropped.
 *
 * @throws UnitFileError naming the line.
 */
export function refuseUnreadable(text: string): void {
  refuseAt(text, text.indexOf("\0"), "a NUL byte");
  // The decoder replaced bytes that were not UTF-8 by this character.
  refuseAt(text, text.indexOf("\uFFFD"), "bytes that are not UTF-8");
  if (!text.isWellFormed()) refuseAt(text, text.search(/\p{Surrogate}/u), "half a character (a lone surrogate)");
  refuseAt(
    text,
    text.search(/\p{Noncharacter_Code_Point}/u),
    "a Unicode noncharacter, so systemd would refuse the whole file",
  );
  if (text.includes(BYTE_ORDER_MARK, 1)) {
    refuseAt(text, text.search(/(?<=[\r\n])\uFEFF/), "a byte order mark at its start, perhaps from joined files");
  }
}

function refuseAt(text: string, position: number, found: string): void {
  if (position === -1) return;
  const number = linesOf(text.slice(0, position)).length;
  throw new UnitFileError(
    number,
    `line ${number} contains ${found}: a unit file is UTF-8 text; check that this is the right file`,
  );
}
