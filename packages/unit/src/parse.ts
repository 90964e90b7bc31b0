import { firstCharacter, trimBlanks } from "./blanks.ts";
import { UNIT_FILE_LIMITS } from "./limits.ts";
import { continues, isComment } from "./continuation.ts";
import { linesOf } from "./lines.ts";
import { refuseUnreadable } from "./readable.ts";
import type { UnitFile, UnitOption } from "./unit-file.ts";
import { UnitFileError } from "./unit-file-error.ts";
import { shortened } from "./wording.ts";

/** Characters that systemd's `string_is_safe` rejects. */
// oxlint-disable-next-line no-control-regex
const UNSAFE_IN_SECTION = /[\x01-\x1f\x7f"'\\]/;

/** Sections whose values are mostly lists of names. */
const LISTS: ReadonlySet<string> = new Set(["Unit", "Install"]);

/** Matches nearly every option name, and is faster than {@link INVISIBLE}. */
const VISIBLE = /^[!-~]*$/;

/** A Unicode separator, control or format character, except space and tab. */
const INVISIBLE = /(?![ \t])[\p{Z}\p{Cc}\p{Cf}]/u;

/**
 * Parses a unit file by systemd.syntax(7). Values are kept as go-systemd keeps them, so that the hash equals the hash
 * that fleet's clients compute: whitespace around a value is dropped, quotes and specifiers stay, and a continued value
 * keeps each backslash and newline.
 *
 * Where systemd and go-systemd differ, systemd wins, because systemd runs the unit:
 *
 * - A comment line never continues. A comment line inside a continued value belongs to the value.
 * - Two backslashes at the end of a line do not continue the line.
 * - CR and CRLF end a line. Whitespace is space and tab.
 * - A line may be as long as the file (go-systemd: 2,048 bytes).
 *
 * The parser refuses mistakes that systemd and go-systemd ignore silently: text before the first section, an option
 * without a name, whitespace after a trailing backslash, an invisible character in an option name.
 *
 * @throws UnitFileError naming the line and what to write instead.
 */
export function parseUnitFile(text: string): UnitFile {
  refuseUnreadable(text);
  const lines = linesOf(text);
  refuseMany(lines.length, UNIT_FILE_LIMITS.lines, "lines", UNIT_FILE_LIMITS.lines + 1);
  const options: UnitOption[] = [];
  let section: string | undefined;
  let listCharacters = 0;
  let index = 0;
  while (index < lines.length) {
    const line = trimBlanks(lines[index] ?? "");
    if (line === "" || isComment(line)) {
      index += 1;
    } else if (line.startsWith("[")) {
      section = parseHeader(line, index + 1);
      index += 1;
    } else {
      const end = endOfAssignment(lines, index);
      const option = parseAssignment(section, lines.slice(index, end), index + 1);
      options.push(option);
      refuseMany(options.length, UNIT_FILE_LIMITS.options, "options", index + 1);
      if (LISTS.has(option.section)) listCharacters += option.value.length;
      refuseMany(listCharacters, UNIT_FILE_LIMITS.listCharacters, "characters in [Unit] and [Install]", index + 1);
      index = end;
    }
  }
  if (section === undefined) {
    throw new UnitFileError(
      1,
      "this is not a unit file: it has no section; begin with a section header such as [Unit] or [Service]",
    );
  }
  return { text, options };
}

/** Returns the index of the line after the assignment that begins at `start`, with its continuation lines. */
function endOfAssignment(lines: readonly string[], start: number): number {
  let continued = false;
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (continued && firstCharacter(line) === "") return index;
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
      `line ${number}: the section header ${shown(line)} is not closed; write "]" after the name`,
    );
  if (end !== line.length - 1) {
    throw new UnitFileError(
      number,
      `line ${number}: ${shown(line.slice(end + 1))} follows the section header; move the text to a separate line`,
    );
  }
  const section = line.slice(1, end);
  if (trimBlanks(section) === "") {
    throw new UnitFileError(number, `line ${number}: the section has no name; write one, as in [Service]`);
  }
  const bad = UNSAFE_IN_SECTION.exec(section)?.[0];
  if (bad === undefined) return section;
  throw new UnitFileError(
    number,
    `line ${number}: the section header ${shown(line)} contains ${JSON.stringify(bad)}, so systemd would refuse the whole file; remove the character`,
  );
}

function parseAssignment(section: string | undefined, lines: readonly string[], number: number): UnitOption {
  const [first = "", ...rest] = lines;
  const equals = first.indexOf("=");
  const name = trimBlanks(first.slice(0, equals));
  if (equals === -1) throw new UnitFileError(number, notAnAssignment(first, number));
  if (name === "") {
    throw new UnitFileError(
      number,
      `line ${number}: ${shown(first)} has no option name before the "="; write Name=value`,
    );
  }
  const invisible = VISIBLE.test(name) ? undefined : INVISIBLE.exec(name)?.[0];
  if (invisible !== undefined) {
    throw new UnitFileError(
      number,
      `line ${number}: the option name ${shown(name)} contains the invisible character ${codePointOf(invisible)}, ` +
        "which systemd reads as part of the name; remove the character, or write a space",
    );
  }
  if (section === undefined) {
    throw new UnitFileError(
      number,
      `line ${number}: ${shown(first)} is outside of a section; write a section header such as [Service] above the line`,
    );
  }
  return { section, name, value: valueOf([first.slice(equals + 1), ...rest], number) };
}

function notAnAssignment(line: string, number: number): string {
  const section = /^([A-Za-z-]+)\]$/.exec(trimBlanks(line))?.[1];
  if (section !== undefined) return `line ${number}: ${shown(line)} is not a section header; write [${section}]`;
  return (
    `line ${number}: ${shown(line)} has no "="; write Name=value, or begin a comment with "#"; ` +
    "to continue the line above, end that line with a backslash"
  );
}

/** A value that ends in a continuation keeps its newline. Otherwise a serialised value would continue with the next option. */
function valueOf(lines: readonly string[], number: number): string {
  const last = lines.at(-1) ?? "";
  const open = continues(last) || (lines.length > 1 && isComment(last));
  const value = trimBlanks(lines.join("\n"));
  if (open) return `${value}\n`;
  // Every kind of whitespace after the backslash is a mistake, also the kinds that systemd reads as text.
  if (!continues(last.trimEnd())) return value;
  const lastNumber = number + lines.length - 1;
  throw new UnitFileError(
    lastNumber,
    `line ${lastNumber}: whitespace follows the trailing backslash, so the line does not continue; remove the whitespace`,
  );
}

function refuseMany(count: number, most: number, what: string, number: number): void {
  if (count <= most) return;
  throw new UnitFileError(
    number,
    `line ${number}: the unit file has more than ${most} ${what}; keep the data in another file, and name that file in the unit`,
  );
}

function codePointOf(character: string): string {
  const hexadecimal = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hexadecimal.padStart(4, "0")}`;
}

function shown(text: string): string {
  return JSON.stringify(shortened(text));
}
