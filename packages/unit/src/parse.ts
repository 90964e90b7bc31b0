import { continues, isComment } from "./continuation.ts";
import type { UnitFile, UnitOption } from "./unit-file.ts";
import { UnitFileError } from "./unit-file-error.ts";

/** systemd's LONG_LINE_MAX, in bytes; a line and the lines that continue it count together. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Reads a unit file by systemd.syntax(7), keeping values the way go-systemd keeps them, so that the hash is the
 * one that fleet's clients compute: blanks around a value are dropped, quotes and specifiers stay, and a
 * continued value holds each backslash and newline.
 *
 * Where the two differ, systemd wins, for its reading is what runs: a comment line never continues, one inside a
 * continued value belongs to that value, two backslashes at the end of a line do not continue it, CR and CRLF end
 * a line, and a line may have 1 MiB (go-systemd: 2,048 bytes). What both pass over in silence is refused here,
 * because it is always a mistake: text before the first section, an option without a name, a backslash with
 * blanks after it.
 *
 * @throws UnitFileError naming the line and what to write instead.
 */
export function parseUnitFile(text: string): UnitFile {
  refuseBinary(text);
  const lines = linesOf(text);
  const options: UnitOption[] = [];
  let section: string | undefined;
  let index = 0;
  while (index < lines.length) {
    const line = (lines[index] ?? "").trim();
    refuseLong(line, index + 1);
    if (line === "" || isComment(line)) {
      index += 1;
    } else if (line.startsWith("[")) {
      section = parseHeader(line, index + 1);
      index += 1;
    } else {
      const end = endOfAssignment(lines, index);
      options.push(parseAssignment(section, lines.slice(index, end), index + 1));
      index = end;
    }
  }
  if (section === undefined) {
    throw new UnitFileError(
      1,
      "This is no unit file: it has no section. Begin with a header such as [Unit] or [Service].",
    );
  }
  return { text, options };
}

/** systemd takes CR, LF and CRLF for the end of a line. */
function linesOf(text: string): readonly string[] {
  const unmarked = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return (unmarked.includes("\r") ? unmarked.replaceAll(/\r\n?/g, "\n") : unmarked).split("\n");
}

/** Finds the line after an assignment that begins at `start`, passing over the lines that continue it. */
function endOfAssignment(lines: readonly string[], start: number): number {
  let continued = false;
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (continued && line.trim() === "") return index;
    if (continued && isComment(line)) continue;
    continued = continues(line);
    if (!continued) return index + 1;
  }
  return lines.length;
}

function parseHeader(line: string, number: number): string {
  const end = line.indexOf("]");
  if (end === -1)
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(line)} is not closed: write a "]" after the section's name.`,
    );
  if (end !== line.length - 1) {
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(line.slice(end + 1))} follows the section header: move it to a line of its own.`,
    );
  }
  if (line.slice(1, end).trim() === "") {
    throw new UnitFileError(number, `Line ${number}: the section has no name: write one, as in [Service].`);
  }
  return line.slice(1, end);
}

function parseAssignment(section: string | undefined, lines: readonly string[], number: number): UnitOption {
  const [first = "", ...rest] = lines;
  const equals = first.indexOf("=");
  const name = first.slice(0, equals).trim();
  if (equals === -1) {
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(first)} has no "=": write Name=value, or "#" before it for a comment. ` +
        "To go on with the line above, end that one with a backslash.",
    );
  }
  if (name === "") {
    throw new UnitFileError(number, `Line ${number}: ${shown(first)} has no name before the "=": write Name=value.`);
  }
  if (section === undefined) {
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(first)} stands before any section: put a header such as [Service] above it.`,
    );
  }
  return { section, name, value: valueOf([first.slice(equals + 1), ...rest], number) };
}

/** A value that ends in a continuation keeps its newline, so that what is serialised after it is not drawn in. */
function valueOf(lines: readonly string[], number: number): string {
  const last = lines.at(-1) ?? "";
  const open = continues(last) || (lines.length > 1 && isComment(last));
  const value = lines.join("\n").trim();
  refuseLong(value, number);
  if (open) return `${value}\n`;
  if (!continues(value)) return value;
  const lastNumber = number + lines.length - 1;
  throw new UnitFileError(
    lastNumber,
    `Line ${lastNumber}: blanks follow the backslash at the end, so it does not continue the line: remove the blanks.`,
  );
}

function refuseBinary(text: string): void {
  refuseAt(text, text.indexOf("\0"), "a NUL byte");
  // What is left of bytes that were not UTF-8, once decoded.
  refuseAt(text, text.indexOf("\uFFFD"), "bytes that are not UTF-8");
  if (!text.isWellFormed()) refuseAt(text, text.search(/\p{Surrogate}/u), "half a character");
}

function refuseAt(text: string, position: number, found: string): void {
  if (position === -1) return;
  const number = linesOf(text.slice(0, position)).length;
  throw new UnitFileError(
    number,
    `Line ${number} holds ${found}: a unit file is UTF-8 text. Check that this is the right file.`,
  );
}

function refuseLong(line: string, number: number): void {
  if (line.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES) return;
  throw new UnitFileError(number, `Line ${number} is longer than 1 MiB, which systemd refuses: shorten it.`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
