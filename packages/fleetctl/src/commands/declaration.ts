import { type Command, InvalidArgumentError, Option } from "commander";
import { MACHINE_ARGUMENT } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";

/** Runs a command's work in its context, and keeps the exit code. */
export type Run = (work: (context: Context) => Promise<number>) => Promise<void>;

/** Adds a command to the program. */
export type Declare = (program: Command, run: Run) => void;

/** The examples at the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

export const noBlock = (): Option => new Option("--no-block", "do not wait; fleetctl never waits for global units");

export const blockAttempts = (): Option =>
  new Option("--block-attempts <n>", "stop waiting after this many seconds; 0 means no limit")
    .default(0)
    .argParser(parseCount);

export const replace = (description = "replace units in the cluster that differ from local files"): Option =>
  new Option("--replace", description).default(false);

/** fleet's flag of submit, load and start; it is refused. */
export const sign = (): Option => new Option("--sign").hideHelp();

export const output = (description = "output format: text or json"): Option =>
  new Option("--output <format>", description).choices(["text", "json"]).default("text");

export const machine = (): Option => new Option("--machine <machine>", `only on this ${MACHINE_ARGUMENT}`);

/** fleet's flag for SSH, accepted without effect: status and journal need no SSH here. */
export const sshPort = (): Option => new Option("--ssh-port <port>").hideHelp();

/** A count; as in fleet, a negative number means 0. */
export function parseCount(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError("Use a whole number.");
  return Math.max(0, Number(text));
}

/** The API's limit. */
export const ALL_LINES = 1_000_000;

/** journalctl's `all`, or a number that is not absurdly large. */
export function parseLines(text: string): number {
  if (text === "all") return ALL_LINES;
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Use a whole number from 0 to 999999, or all.");
  return Number(text);
}
