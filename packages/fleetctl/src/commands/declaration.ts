import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";

/** Runs a command's work with what it needs, and keeps its exit code. */
export type Run = (work: (context: Context) => Promise<number>) => Promise<void>;

/** Adds one command to the program. */
export type Declare = (program: Command, run: Run) => void;

/** The end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

export const noBlock = (): Option => new Option("--no-block", "do not wait (as always for global units)");

export const blockAttempts = (): Option =>
  new Option("--block-attempts <n>", "give up waiting after this many seconds; 0: never")
    .default(0)
    .argParser(parseCount);

export const replace = (description = "let local files take the place of units that differ"): Option =>
  new Option("--replace", description).default(false);

/** fleet has it on submit, load and start, to refuse it. */
export const sign = (): Option => new Option("--sign").hideHelp();

export const output = (): Option =>
  new Option("--output <format>", "text or json").choices(["text", "json"]).default("text");

export const machine = (): Option =>
  new Option("--machine <id>", "only on this machine: its ID or the beginning of it");

/** fleet asked over SSH; the flags that say how are taken without effect. */
export const sshPort = (): Option => new Option("--ssh-port <port>").hideHelp();

/** A number that may not be negative; fleet took a negative one for none. */
function parseCount(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Math.max(0, Number(text));
}

/** The most that the API gives. */
const ALL_LINES = 1_000_000;

/** Zero or more, and not so many that it must be a mistake; journalctl's `all` as well. */
export function parseLines(text: string): number {
  if (text === "all") return ALL_LINES;
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 0 to 999999, or all.");
  return Number(text);
}
