import { isBlank, trimBlanks } from "./blanks.ts";
import { continues, isComment } from "./continuation.ts";
import { parseUnitFile } from "./parse.ts";
import { serialiseOptions } from "./serialise.ts";
import type { UnitFile, UnitOption } from "./unit-file.ts";
import { UnitOptionError } from "./unit-option-error.ts";
import { shortened } from "./wording.ts";

/**
 * Returns the unit file from which systemd reads exactly these options, each with its section, name and value.
 *
 * @throws UnitOptionError for an option that no unit file can represent, such as a value with a newline, after which
 * systemd would read another option. UnitFileError when the file as a whole is refused.
 */
export function fileOfOptions(options: readonly UnitOption[]): UnitFile {
  const text = serialiseOptions(options);
  const file = parsed(text);
  if (file && says(file, options)) return file;
  const unwritable = firstUnwritable(options);
  if (unwritable !== undefined) throw new UnitOptionError(messageFor(unwritable));
  // Each option is valid by itself, so the fault, if any, is in the file as a whole.
  parseUnitFile(text);
  throw new UnitOptionError(
    "written as a unit file, the options are not read back as sent; send each line of the file as one option",
  );
}

/** Returns the first option that no file can represent. Parsing one option takes as long as twenty, so parts come first. */
function firstUnwritable(options: readonly UnitOption[]): UnitOption | undefined {
  for (let from = 0; from < options.length; from += PART) {
    const part = options.slice(from, from + PART);
    if (isReadBack(part)) continue;
    const unwritable = part.find((option) => !isReadBack([option]));
    if (unwritable !== undefined) return unwritable;
  }
  return undefined;
}

const PART = 64;

function isReadBack(options: readonly UnitOption[]): boolean {
  const file = parsed(serialiseOptions(options));
  return file !== undefined && says(file, options);
}

function says(file: UnitFile, options: readonly UnitOption[]): boolean {
  if (file.options.length !== options.length) return false;
  // Serialising groups the options of a section.
  const grouped = Array.from(Map.groupBy(options, ({ section }) => section).values()).flat();
  return grouped.every((option, index) => isSame(option, file.options[index]));
}

function parsed(text: string): UnitFile | undefined {
  try {
    return parseUnitFile(text);
  } catch {
    return undefined;
  }
}

function isSame(one: UnitOption, other: UnitOption | undefined): boolean {
  return one.section === other?.section && one.name === other.name && one.value === other.value;
}

function messageFor({ section, name, value }: UnitOption): string {
  const problem = problemOfSection(section) ?? problemOfName(name) ?? problemOfValue(value);
  return `the option ${quoted(name)} in the section ${quoted(section)} cannot be written to a unit file: ${problem}`;
}

function problemOfSection(section: string): string | undefined {
  if (trimBlanks(section) === "") return "its section has no name; write one, such as Service";
  const bad = /[\]"'\\\p{Cc}]/u.exec(section)?.[0];
  return bad === undefined ? undefined : `its section's name contains ${JSON.stringify(bad)}; remove it`;
}

function problemOfName(name: string): string | undefined {
  if (trimBlanks(name) === "") return "it has no name; write one, such as ExecStart";
  if (name !== trimBlanks(name)) return "its name begins or ends with whitespace; remove the whitespace";
  const first = name.charAt(0);
  if (first === "#" || first === ";") return `its name begins with ${quoted(first)}, like a comment; remove the option`;
  if (first === "[")
    return 'its name begins with "[", like a section header; send the lines below the header as options of that section';
  if (name.includes("=")) return 'its name contains "="; send the text after the first "=" as the value';
  const bad = /[\p{Cc}\p{Cf}\p{Z}]/u.exec(name)?.[0];
  return bad === undefined || bad === " " ? undefined : `its name contains ${JSON.stringify(bad)}; remove it`;
}

function problemOfValue(value: string): string {
  if (value.includes("\0")) return "its value contains a NUL byte; remove the byte";
  if (value.includes("\r")) return "its value contains a CR, which ends a line; end the lines of the file with LF";
  if (value !== trimBlanks(value) && !value.endsWith("\\\n"))
    return "its value begins or ends with whitespace; remove the whitespace";
  const lines = value.split("\n");
  const last = lines.pop() ?? "";
  if (isBlank(value.charAt(0))) return "its value begins with whitespace; remove the whitespace";
  if (lines.some((line, index) => !continues(line) && !(index > 0 && isComment(line)))) {
    return "its value contains a newline without a backslash before it, so the next line is another option; send that line as a separate option";
  }
  if (lines.some((line, index) => index > 0 && trimBlanks(line) === "")) {
    return "its value contains an empty line, which ends the value; remove the line";
  }
  if (continues(last)) {
    return "its value ends in a backslash, which continues the value with the next option; remove the backslash";
  }
  if (lines.length > 0 && isComment(last)) {
    return "its value ends in a comment line, after which systemd continues the value with the next option; remove the comment";
  }
  return "systemd does not read its value as sent; send each line of the file as one option";
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}
