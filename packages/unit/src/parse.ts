import { firstCharacter, trimBlanks } from "./blanks.ts";
import { UNIT_FILE_BOUNDS } from "./bounds.ts";
import { continues, isComment } from "./continuation.ts";
import { linesOf } from "./lines.ts";
import { refuseUnreadable } from "./readable.ts";
import type { UnitFile, UnitOption } from "./unit-file.ts";
import { UnitFileError } from "./unit-file-error.ts";
import { shortened } from "./wording.ts";

/** What systemd's `string_is_safe` rejects. */
// oxlint-disable-next-line no-control-regex
const UNSAFE_IN_SECTION = /[\x01-\x1f\x7f"'\\]/;

/** Sections whose values are names for the most part. */
const LISTS: ReadonlySet<string> = new Set(["Unit", "Install"]);

/** What nearly every name consists of. */
const VISIBLE = /^[!-~]*$/;

/** A separator, control or format character of Unicode other than space and tab. */
const INVISIBLE = /(?![ \t])[\p{Z}\p{Cc}\p{Cf}]/u;

/**
 * Reads a unit file by systemd.syntax(7), keeping values the way go-systemd keeps them, so that the hash is the
 * one that fleet's clients compute: blanks around a value are dropped, quotes and specifiers stay, and a
 * continued value holds each backslash and newline.
 *
 * Where the two differ, systemd wins, for its reading is what runs: a comment line never continues, one inside a
 * continued value belongs to that value, two backslashes at the end of a line do not continue it, CR and CRLF end
 * a line, blanks are space and tab, and a line may be as long as the file (go-systemd: 2,048 bytes). What both pass over in
 * silence is refused here, because it is always a mistake: text before the first section, an option without a name,
 * a backslash with blanks after it, an option's name with an invisible character.
 *
 * @throws UnitFileError naming the line and what to write instead.
 */
export function parseUnitFile(text: string): UnitFile {
  refuseUnreadable(text);
  const lines = linesOf(text);
  refuseMany(lines.length, UNIT_FILE_BOUNDS.lines, "lines", UNIT_FILE_BOUNDS.lines + 1);
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
      refuseMany(options.length, UNIT_FILE_BOUNDS.options, "options", index + 1);
      if (LISTS.has(option.section)) listCharacters += option.value.length;
      refuseMany(listCharacters, UNIT_FILE_BOUNDS.listCharacters, "characters in [Unit] and [Install]", index + 1);
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

/** Finds the line after an assignment that begins at `start`, passing over the lines that continue it. */
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
      `Line ${number}: ${shown(line)} is not closed: write a "]" after the section's name.`,
    );
  if (end !== line.length - 1) {
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(line.slice(end + 1))} follows the section header: move it to a line of its own.`,
    );
  }
  const section = line.slice(1, end);
  if (trimBlanks(section) === "") {
    throw new UnitFileError(number, `Line ${number}: the section has no name: write one, as in [Service].`);
  }
  const bad = UNSAFE_IN_SECTION.exec(section)?.[0];
  if (bad === undefined) return section;
  throw new UnitFileError(
    number,
    `Line ${number}: the section header ${shown(line)} holds ${JSON.stringify(bad)}, for which systemd refuses the whole file: remove it.`,
  );
}

function parseAssignment(section: string | undefined, lines: readonly string[], number: number): UnitOption {
  const [first = "", ...rest] = lines;
  const equals = first.indexOf("=");
  const name = trimBlanks(first.slice(0, equals));
  if (equals === -1) throw new UnitFileError(number, notAnAssignment(first, number));
  if (name === "") {
    throw new UnitFileError(number, `Line ${number}: ${shown(first)} has no name before the "=": write Name=value.`);
  }
  const invisible = VISIBLE.test(name) ? undefined : INVISIBLE.exec(name)?.[0];
  if (invisible !== undefined) {
    throw new UnitFileError(
      number,
      `Line ${number}: the option's name ${shown(name)} holds ${codePointOf(invisible)}, which systemd takes for a part of it: ` +
        "replace it by a space, or remove it.",
    );
  }
  if (section === undefined) {
    throw new UnitFileError(
      number,
      `Line ${number}: ${shown(first)} stands before any section: put a header such as [Service] above it.`,
    );
  }
  return { section, name, value: valueOf([first.slice(equals + 1), ...rest], number) };
}

function notAnAssignment(line: string, number: number): string {
  const section = /^([A-Za-z-]+)\]$/.exec(trimBlanks(line))?.[1];
  if (section !== undefined) return `Line ${number}: ${shown(line)} is no section header: write [${section}].`;
  return (
    `Line ${number}: ${shown(line)} has no "=": write Name=value, or "#" before it for a comment. ` +
    "To go on with the line above, end that one with a backslash."
  );
}

/** A value that ends in a continuation keeps its newline, so that what is serialised after it is not drawn in. */
function valueOf(lines: readonly string[], number: number): string {
  const last = lines.at(-1) ?? "";
  const open = continues(last) || (lines.length > 1 && isComment(last));
  const value = trimBlanks(lines.join("\n"));
  if (open) return `${value}\n`;
  // Of whatever kind the blanks are: none of them was meant.
  if (!continues(last.trimEnd())) return value;
  const lastNumber = number + lines.length - 1;
  throw new UnitFileError(
    lastNumber,
    `Line ${lastNumber}: blanks follow the backslash at the end, so it does not continue the line: remove the blanks.`,
  );
}

function refuseMany(count: number, most: number, what: string, number: number): void {
  if (count <= most) return;
  throw new UnitFileError(
    number,
    `Line ${number}: a unit file may have ${most} ${what}. Keep the data elsewhere, and name its place in the unit.`,
  );
}

function codePointOf(character: string): string {
  const hexadecimal = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hexadecimal.padStart(4, "0")}`;
}

function shown(text: string): string {
  return JSON.stringify(shortened(text));
}
