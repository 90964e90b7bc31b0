import type { LogFields } from "@flotilla/runtime";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** syslog(3)'s priorities. */
export const priorities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** Applies fleet's option `verbosity`: 0 hides debug lines, 1 and 2 show them. */
export function isShown(level: LogLevel, verbosity: number): boolean {
  return level !== "debug" || verbosity > 0;
}

/** Appends the fields to a message as `key=value`; a value with spaces is quoted. */
export function withFields(message: string, fields: LogFields): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [message, ...shown.map(([name, value]) => `${name}=${quoted(String(value))}`)].join(" ");
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? JSON.stringify(value) : value;
}
