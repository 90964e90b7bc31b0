import { Option } from "commander";
import { UsageError } from "../command-error.ts";
import { parseGoBoolean } from "./go-boolean.ts";

/** commander has it apart from the declared options. */
export const HELP = new Option("-h, --help");

/** A word of the command line that gives a flag. */
export interface FlagWord {
  readonly option: Option;
  /** What stands behind an equals sign. */
  readonly value: string | undefined;
}

/**
 * The flag that a word gives, in the spellings of all releases of fleetctl: Go's flag package, up to 0.11, takes one
 * dash or two before any name; fleet's one-letter flags were long ones to cobra, from 0.12 on (`--l`).
 *
 * @param options those that may stand here.
 * @returns undefined for a word that gives none of them, or several letters behind one dash (`-fl`).
 */
export function flagIn(options: readonly Option[], word: string): FlagWord | undefined {
  const [, name, , value] = /^--?([A-Za-z][\w-]*)(=(.*))?$/s.exec(word) ?? [];
  if (name === undefined) return undefined;
  const option =
    name.length === 1
      ? options.find(({ short, required }) => short === `-${name}` && !required)
      : options.find(({ long }) => long === `--${name}`);
  return option && { option, value };
}

/**
 * Rewrites the flags of a command line to the spelling that commander reads, up to a `--`: two dashes before a name,
 * one before a letter, and Go's `=true` and `=false` behind a boolean flag taken away. `--flag=false` is left out, or
 * becomes `--no-flag` where true is the default.
 *
 * @throws UsageError for a boolean flag's value that is neither true nor false.
 */
export function respelled(options: readonly Option[], args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [...words, ...args.slice(at)];
    const flag = flagIn(options, word);
    if (!flag) words.push(word);
    else if (!flag.option.required) words.push(...booleanWord(options, word, flag));
    else {
      const { long = "" } = flag.option;
      words.push(flag.value === undefined ? long : `${long}=${flag.value}`);
      // What the flag takes is no flag, however it looks.
      if (flag.value === undefined && at + 1 < args.length) words.push(args[++at] ?? "");
    }
  }
  return words;
}

function booleanWord(options: readonly Option[], word: string, { option, value }: FlagWord): readonly string[] {
  const name = /^--?[A-Za-z]($|=)/.test(word) ? option.short : option.long;
  const isOn = value === undefined ? true : parseGoBoolean(value);
  if (isOn === undefined) throw new UsageError(`${word} is neither true nor false: write ${name ?? word}=true.`);
  if (isOn) return [name ?? word];
  const off = options.find(({ long }) => long === `--no-${option.name()}`);
  return off?.long === undefined ? [] : [off.long];
}
