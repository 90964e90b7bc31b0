import { UsageError } from "../command-error.ts";
import { parseGoBoolean } from "./go-boolean.ts";

/** The value of a flag, from the command line, a variable or the default. */
export interface Setting {
  readonly text: string | undefined;
  /** The flag or variable that gave the value, for messages. */
  readonly source: string;
  /** Whether the value is the user's rather than the default. */
  readonly isGiven: boolean;
}

/** @throws UsageError for a text that Go does not read as a boolean. */
export function booleanOf({ text = "false", source }: Setting): boolean {
  const value = parseGoBoolean(text);
  if (value === undefined) throw new UsageError(`cannot read ${source}=${text}: neither true nor false`);
  return value;
}

/** 24 days, in milliseconds: longer than any request, and below the longest timer of node (24.8 days). */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** A limit in milliseconds; 0 means no limit, as in fleet. */
export function requestTimeoutOf(setting: Setting): number {
  return secondsIn(setting) === 0 ? LONGEST_MS : limitOf(setting);
}

/**
 * A limit in milliseconds.
 *
 * @throws UsageError for a text that is not a number of seconds above 0.
 */
export function limitOf(setting: Setting): number {
  const seconds = secondsIn(setting);
  if (Number.isFinite(seconds) && seconds > 0) return Math.min(seconds * 1000, LONGEST_MS);
  throw new UsageError(
    `cannot read ${setting.source}=${setting.text}: not a number of seconds above 0; use one such as 3 or 0.5`,
  );
}

/** JavaScript's Number() reads blanks as 0. */
function secondsIn({ text = "" }: Setting): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** @throws UsageError if the text names no endpoint. */
export function endpointsOf({ text = "", source }: Setting): readonly string[] {
  const endpoints = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (endpoints.length === 0)
    throw new UsageError(`cannot use ${source}: no endpoint given; use one such as unix:///run/fleet.sock`);
  return endpoints;
}
