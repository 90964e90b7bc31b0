import { messageOf } from "@flotilla/runtime";
import { parseUnitFile, requirementsOf, type UnitFile, unitWarnings } from "@flotilla/unit";
import { printable } from "../fuzzer.ts";
import { OUR_READING } from "./our-reading.ts";
import type { SystemdReading } from "./systemd-under-test.ts";

/**
 * Refusals of what systemd reads without a word, and nobody means: the rules of parseUnitFile that are stricter.
 * A byte order mark counts for each line for systemd, and a NUL ends a line.
 */
const STRICTER =
  /blanks follow the backslash|byte order mark|holds a NUL|noncharacter|has no section|stands before any section|has no "="|no name before|is not closed|is no section header|follows the section header|holds U\+/;

/** What is wrong if one of the two reads a unit file otherwise than the other; undefined if they agree. */
export function judge(text: string, systemd: SystemdReading): string | undefined {
  const ours = parsed(text);
  if (typeof ours === "string") {
    const isLet = systemd.isLoaded && systemd.complaints.length === 0;
    return isLet && !STRICTER.test(ours) ? `refused (${ours}), but systemd reads it without a complaint` : undefined;
  }
  if (!systemd.isLoaded) return `accepted, but systemd does not load it: ${systemd.complaints.join("; ")}`;
  return judgeComplaints(ours, systemd) ?? judgeValues(ours, systemd);
}

function parsed(text: string): UnitFile | string {
  try {
    return parseUnitFile(text);
  } catch (error) {
    return messageOf(error);
  }
}

/** systemd may pass over only what is warned of: sections and options that it does not know. */
function judgeComplaints({ options }: UnitFile, { name, complaints }: SystemdReading): string | undefined {
  const warnings = unitWarnings(name, options, requirementsOf(name, options));
  const isKnown = (complaint: string): boolean => {
    // Words are systemd's to judge.
    if (complaint.includes("Failed to parse service restart specifier")) return true;
    const [, section] = /Unknown section '(.*)'\. Ignoring\.$/s.exec(complaint) ?? [];
    if (section !== undefined)
      return !isUsed(section, options) || warnings.some((one) => one.startsWith(`[${section}] `));
    const [, key, where] =
      /Unknown key(?: name)? '(.*)' in section (?:\[|')(\w+)(?:\]|'), ignoring\.$/s.exec(complaint) ?? [];
    return key !== undefined && warnings.some((one) => one.startsWith(`${key}= `) && one.includes(`[${where}]`));
  };
  const unknown = complaints.find((complaint) => !isKnown(complaint));
  if (unknown !== undefined) return `accepted without a warning, but systemd complains: ${unknown}`;
  // [X-Fleet] is not systemd's to complain of.
  const idle = warnings.some((warning) => /has no effect/.test(warning) && !/ in \[X-Fleet\]/.test(warning));
  return idle && complaints.length === 0
    ? `warned of what systemd does not complain of: ${warnings.join(" ")}`
    : undefined;
}

function isUsed(section: string, options: UnitFile["options"]): boolean {
  return options.some((option) => option.section === section);
}

function judgeValues({ options }: UnitFile, { name, values }: SystemdReading): string | undefined {
  for (const [option, theirs] of values) {
    const ours = OUR_READING[option]?.(options, name) ?? [];
    if (JSON.stringify(ours) === JSON.stringify(theirs)) continue;
    return `${option} is ${printable(ours.join(" | "))}, but for systemd it is ${printable(theirs.join(" | "))}`;
  }
  return undefined;
}
