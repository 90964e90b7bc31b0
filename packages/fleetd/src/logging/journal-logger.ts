import type { LogFields, Logger } from "@flotilla/runtime";
import { isShown, type LogLevel, priorities, withFields } from "./log-level.ts";

/**
 * A logger that writes journal entries with fields, for `journalctl -u fleet FLEET_UNIT=redis.service`. The message
 * repeats the fields for readers of plain lines.
 */
export function journalLogger(
  send: (items: readonly string[]) => void,
  verbosity: () => number,
  bound: LogFields = {},
): Logger {
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (!isShown(level, verbosity())) return;
    const all = { ...bound, ...fields };
    const items = Object.entries(all).map(([name, value]) => `${journalField(name)}=${value}`);
    send([`MESSAGE=${withFields(message, all)}`, `PRIORITY=${priorities[level]}`, ...items]);
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    child: (fields) => journalLogger(send, verbosity, { ...bound, ...fields }),
  };
}

/** The journal's fields by their names in the log. The code has a fixed set of names. */
const fields = new Map<string, string>();

/** Returns the journal's field for a field of the log: capitals, digits and underscores, with the prefix FLEET_. */
export function journalField(name: string): string {
  const known = fields.get(name);
  if (known !== undefined) return known;
  const field = `FLEET_${name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, "_")}`;
  fields.set(name, field);
  return field;
}
