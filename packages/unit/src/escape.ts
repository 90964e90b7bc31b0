import { UnitNameError } from "./unit-name-error.ts";

/**
 * Escapes a string for use in a unit's name, as `systemd-escape` does: `/` becomes `-`; any byte of its UTF-8
 * other than `A-Z a-z 0-9 : _ .`, and a dot at the start, becomes `\xNN`.
 */
export function escapeName(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), escapeByte).join("");
}

/**
 * Takes back what {@link escapeName} did, as `systemd-escape --unescape` does.
 *
 * @throws UnitNameError for a backslash that is not followed by `x` and two hexadecimal digits, and for bytes
 * that are not UTF-8.
 */
export function unescapeName(escaped: string): string {
  const bytes = escaped.replaceAll("-", "/").split(/(\\x[0-9A-Fa-f]{2})/);
  const decoded = Buffer.concat(bytes.map((part, index) => decodePart(escaped, part, index % 2 === 1)));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decoded);
  } catch {
    throw new UnitNameError(`${JSON.stringify(escaped)} does not unescape to UTF-8 text: check its \\xNN parts.`);
  }
}

function escapeByte(byte: number, index: number): string {
  const character = String.fromCharCode(byte);
  if (character === "/") return "-";
  if (/[A-Za-z0-9:_.]/.test(character) && !(index === 0 && character === ".")) return character;
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function decodePart(escaped: string, part: string, isEscape: boolean): Buffer {
  if (isEscape) return Buffer.from(part.slice(2), "hex");
  if (!part.includes("\\")) return Buffer.from(part, "utf8");
  throw new UnitNameError(
    `${JSON.stringify(escaped)} has a backslash that begins no \\xNN: write the backslash itself as \\x5c.`,
  );
}
