import { readFileSync } from "node:fs";
import { join } from "node:path";

const FIELD = "FLEET_UNIT_FILE";

/** What has processes has journal fields, in the section of its type (systemd.exec(5)). */
const SECTIONS: Readonly<Record<string, string>> = {
  service: "Service",
  socket: "Socket",
  mount: "Mount",
  swap: "Swap",
};

/**
 * Lines of a drop-in by which systemd keeps, from each start of the unit on, which file it was started from, whatever
 * file a daemon-reload gives it later. Empty for a type of unit that has no processes.
 */
export function notingOrigin(unit: string): string {
  const section = SECTIONS[unit.slice(unit.lastIndexOf(".") + 1)];
  // "%y" is the path of the unit's file, links resolved (systemd.unit(5)).
  return section === undefined ? "" : `\n[${section}]\nLogExtraFields=${FIELD}=%y\n`;
}

/**
 * The file that what runs of a unit was started from, as far as its drop-in has `notingOrigin`. systemd writes a unit's
 * fields for journald when it starts the unit's first process, and not again while that runs; some versions leave them
 * there after the stop.
 *
 * @param directory where systemd keeps them, in a format of eight bytes of length before each field.
 * @returns undefined when systemd has no note of it.
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
