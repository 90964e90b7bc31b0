import { messageOf } from "@flotilla/runtime";
import { parseUnitFile, requirementsOf, type UnitFile, unitWarnings } from "@flotilla/unit";
import { printable } from "../fuzzer.ts";
import { OUR_READING } from "./our-reading.ts";
import type { SystemdReading } from "./systemd-under-test.ts";

/**
 * The messages of parseUnitFile for mistakes that systemd accepts silently. The parser is stricter on purpose. systemd
 * drops a byte order mark in each line, and ends a line at a NUL.
 */
const STRICTER =
  /whitespace follows the trailing backslash|byte order mark|contains a NUL|noncharacter|has no section|is outside of a section|has no "="|no option name before|is not closed|is not a section header|follows the section header|contains the invisible character/;

/** Returns the difference between our reading of a unit file and systemd's; undefined if the two agree. */
export function judge(text: string, systemd: SystemdReading): string | undefined {
  const ours = parsed(text);
  if (typeof ours === "string") {
    const isAccepted = systemd.isLoaded && systemd.complaints.length === 0;
    return isAccepted && !STRICTER.test(ours) ? `refused (${ours}), but systemd accepts it` : undefined;
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

/** Every section and option that systemd ignores must have a warning. */
function judgeComplaints({ options }: UnitFile, { name, complaints }: SystemdReading): string | undefined {
  const warnings = unitWarnings(name, options, requirementsOf(name, options));
  const isKnown = (complaint: string): boolean => {
    // The cluster does not check the values of systemd's options.
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
  // systemd does not complain about [X-Fleet].
  const idle = warnings.some((warning) => /has no effect/.test(warning) && !/ in \[X-Fleet\]/.test(warning));
  return idle && complaints.length === 0
    ? `warning without a complaint from systemd: ${warnings.join(" ")}`
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
