import { isBlank, trimBlanks } from "./blanks.ts";
import { continues, isComment } from "./continuation.ts";
import { parseUnitFile } from "./parse.ts";
import { serialiseOptions } from "./serialise.ts";
import type { UnitFile, UnitOption } from "./unit-file.ts";
import { UnitOptionError } from "./unit-option-error.ts";
import { shortened } from "./wording.ts";

/**
 * Returns the unit file that says exactly what the options say: systemd reads each option from it, with its section, name
 * and value, and nothing else.
 *
 * @throws UnitOptionError for an option that a unit file cannot hold, such as a value with a line end, which systemd
 * would read as another option. UnitFileError when the file as a whole is refused.
 */
export function fileOfOptions(options: readonly UnitOption[]): UnitFile {
  const text = serialiseOptions(options);
  const file = parsed(text);
  if (file && says(file, options)) return file;
  const culprit = culpritAmong(options);
  if (culprit !== undefined) throw new UnitOptionError(sentenceOn(culprit));
  // Each is well by itself, so that the file is refused as a whole.
  parseUnitFile(text);
  throw new UnitOptionError(
    "The options are read back as others once they are written as a unit file: send each line of the file as one option.",
  );
}

/** The first option that no file can hold by itself. Whole parts are tried first: one option takes as long as twenty. */
function culpritAmong(options: readonly UnitOption[]): UnitOption | undefined {
  for (let from = 0; from < options.length; from += PART) {
    const part = options.slice(from, from + PART);
    if (isReadBack(part)) continue;
    const culprit = part.find((option) => !isReadBack([option]));
    if (culprit !== undefined) return culprit;
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
  // Serialising puts the options of a section together.
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

function sentenceOn({ section, name, value }: UnitOption): string {
  const problem = problemOfSection(section) ?? problemOfName(name) ?? problemOfValue(value);
  return `The option ${quoted(name)} in the section ${quoted(section)} cannot be written into a unit file: ${problem}.`;
}

function problemOfSection(section: string): string | undefined {
  if (trimBlanks(section) === "") return "its section has no name; name one, such as Service";
  const bad = /[\]"'\\\p{Cc}]/u.exec(section)?.[0];
  return bad === undefined ? undefined : `its section's name holds ${JSON.stringify(bad)}; remove it`;
}

function problemOfName(name: string): string | undefined {
  if (trimBlanks(name) === "") return "it has no name; give one, such as ExecStart";
  if (name !== trimBlanks(name)) return "blanks surround its name; remove them";
  const first = name.charAt(0);
  if (first === "#" || first === ";")
    return `its name begins with ${quoted(first)}, as a comment does; leave the option out`;
  if (first === "[")
    return 'its name begins with "[", as a section header does; send what follows as options of that section';
  if (name.includes("=")) return 'its name holds "="; send what follows the first "=" as the value';
  const bad = /[\p{Cc}\p{Cf}\p{Z}]/u.exec(name)?.[0];
  return bad === undefined || bad === " " ? undefined : `its name holds ${JSON.stringify(bad)}; remove it`;
}

function problemOfValue(value: string): string {
  if (value.includes("\0")) return "its value holds a NUL byte; remove it";
  if (value.includes("\r")) return "its value holds a CR, which ends a line; send the file with LF at the end of lines";
  if (value !== trimBlanks(value) && !value.endsWith("\\\n"))
    return "blanks or line ends surround its value; remove them";
  const lines = value.split("\n");
  const last = lines.pop() ?? "";
  if (isBlank(value.charAt(0))) return "its value begins with a blank; remove it";
  if (lines.some((line, index) => !continues(line) && !(index > 0 && isComment(line)))) {
    return "its value holds a line end without a backslash before it, so that the next line is another option; send that line as an option of its own";
  }
  if (lines.some((line, index) => index > 0 && trimBlanks(line) === "")) {
    return "its value holds an empty line, which ends it; remove the line";
  }
  if (continues(last)) {
    return "its value ends in a backslash, which draws the next option into it; remove the backslash";
  }
  if (lines.length > 0 && isComment(last)) {
    return "its value ends in a comment line, after which systemd goes on with the next option as a part of it; remove the comment";
  }
  return "systemd does not read its value as it was sent; send one line of the file an option";
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}
