import { UsageError } from "../command-error.ts";

/** Flags without a value, in the spelling that Go's flag packages gave them. */
const BOOLEANS = [
  "debug",
  "experimental-api",
  "help",
  "h",
  "version",
  "full",
  "l",
  "no-legend",
  "no-block",
  "replace",
  "sign",
  "follow",
  "f",
  "sudo",
  "strict-host-key-checking",
  "forward-agent",
  "A",
];

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/**
 * Go's boolean flags take a value after `=`, which scripts written for fleet use. Rewrites `--flag=true` to `--flag`
 * and drops `--flag=false`, except where true is the default: then it becomes `--no-flag`. Fleet's one-letter flags
 * with two dashes (`--l`, `--f`, `--A`) become the usual ones. What follows `--` is left alone.
 *
 * @throws UsageError for a value that is neither true nor false.
 */
export function withoutGoBooleans(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  return [...flags.flatMap(rewrite), ...(end === -1 ? [] : args.slice(end))];
}

function rewrite(argument: string): readonly string[] {
  const [, name, , value] = /^--([A-Za-z-]+)(=(.*))?$/.exec(argument) ?? [];
  if (name === undefined || !BOOLEANS.includes(name)) return [argument];
  if (value === undefined || TRUE.includes(value)) return [name.length === 1 ? `-${name}` : `--${name}`];
  if (!FALSE.includes(value)) throw new UsageError(`${argument} is neither true nor false: write --${name}=true.`);
  return name === "strict-host-key-checking" ? [`--no-${name}`] : [];
}

/** Reads a Go boolean; undefined for what is none. */
export function parseGoBoolean(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : undefined;
}
