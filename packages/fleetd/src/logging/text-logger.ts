import type { LogFields, Logger } from "@flotilla/runtime";
import { isShown, type LogLevel, withFields } from "./log-level.ts";

/** A logger of plain lines, for a fleetd started by hand in a terminal. */
export function textLogger(write: (line: string) => void, verbosity: () => number, bound: LogFields = {}): Logger {
  const line = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (isShown(level, verbosity()))
      write(`${level.toUpperCase().padEnd(5)} ${withFields(message, { ...bound, ...fields })}\n`);
  };
  return {
    debug: (message, fields) => line("debug", message, fields),
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error: (message, fields) => line("error", message, fields),
    child: (fields) => textLogger(write, verbosity, { ...bound, ...fields }),
  };
}
