import { readFileSync } from "node:fs";
import { join } from "node:path";

const FIELD = "FLEET_UNIT_FILE";

/** The sections with options for processes, by unit type (systemd.exec(5)). */
const SECTIONS: Readonly<Record<string, string>> = {
  service: "Service",
  socket: "Socket",
  mount: "Mount",
  swap: "Swap",
};

/**
 * Lines of a drop-in that make systemd note, at each start of the unit, the file that the unit was started from. The note
 * stays when a daemon-reload loads another file. Empty for a type of unit that has no processes.
 */
export function notingOrigin(unit: string): string {
  const section = SECTIONS[unit.slice(unit.lastIndexOf(".") + 1)];
  // "%y" is the path of the unit's file, links resolved (systemd.unit(5)).
  return section === undefined ? "" : `\n[${section}]\nLogExtraFields=${FIELD}=%y\n`;
}

/**
 * The file that a running unit was started from, if its drop-in has `notingOrigin`. systemd writes a unit's extra fields
 * for journald when it starts the unit's first process, and not again while the unit runs. Some versions keep the fields
 * after the stop.
 *
 * @param directory where systemd keeps the fields, each after its length in eight bytes.
 * @returns undefined when systemd has no such note.
 */
export function startedFrom(unit: string, directory = "/run/systemd/units"): string | undefined {
  let rest: Buffer;
  try {
    rest = readFileSync(join(directory, `log-extra-fields:${unit}`));
  } catch {
    return undefined;
  }
  while (rest.length >= LENGTH_BYTES) {
    const end = LENGTH_BYTES + Number(rest.readBigUInt64LE());
    const field = rest.toString("utf8", LENGTH_BYTES, end);
    if (field.startsWith(`${FIELD}=`)) return field.slice(FIELD.length + 1);
    rest = rest.subarray(end);
  }
  return undefined;
}

const LENGTH_BYTES = 8;
