import type { LogFields } from "@flotilla/runtime";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** syslog(3)'s priorities. */
export const priorities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** fleet's `verbosity`: 0 shows what an operator needs, 1 and 2 the daemon's inner life too. */
export function isShown(level: LogLevel, verbosity: number): boolean {
  return level !== "debug" || verbosity > 0;
}

/** A message with its fields behind it, `key=value`, quoted where a value holds spaces. */
export function withFields(message: string, fields: LogFields): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [message, ...shown.map(([name, value]) => `${name}=${quoted(String(value))}`)].join(" ");
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? JSON.stringify(value) : value;
}
