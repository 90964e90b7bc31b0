import { Option } from "commander";
import { UsageError } from "../command-error.ts";
import { parseGoBoolean } from "./go-boolean.ts";

/** Commander keeps the help flag apart from the declared options. */
export const HELP = new Option("-h, --help");

/** A word of the command line that gives a flag. */
export interface FlagWord {
  readonly option: Option;
  /** The text after an equals sign. */
  readonly value: string | undefined;
}

/**
 * The flag that a word gives, in the spelling of any release of fleetctl. Up to 0.11, Go's flag package took one dash
 * or two before any name. From 0.12 on, cobra took fleet's one-letter flags as long ones (`--l`).
 *
 * @param options the options allowed at this place.
 * @returns undefined for other words, and for several letters behind one dash (`-fl`).
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
 * Rewrites the flags before a `--` to commander's spelling: two dashes before a name, one before a letter. Go's `=true`
 * after a boolean flag is dropped. `--flag=false` is left out, or becomes `--no-flag` if the flag defaults to true.
 *
 * @throws UsageError if the value of a boolean flag is neither true nor false.
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
      // The value may look like a flag.
      if (flag.value === undefined && at + 1 < args.length) words.push(args[++at] ?? "");
    }
  }
  return words;
}

function booleanWord(options: readonly Option[], word: string, { option, value }: FlagWord): readonly string[] {
  const name = /^--?[A-Za-z]($|=)/.test(word) ? option.short : option.long;
  const isOn = value === undefined ? true : parseGoBoolean(value);
  if (isOn === undefined) throw new UsageError(`cannot read ${word}: neither true nor false; use ${name ?? word}=true`);
  if (isOn) return [name ?? word];
  const off = options.find(({ long }) => long === `--no-${option.name()}`);
  return off?.long === undefined ? [] : [off.long];
}
