import type { Random } from "../simulation/random.ts";

/** A generator of hostile input for one part of Flotilla, with the rules that the part must keep. */
export interface Fuzzer {
  readonly name: string;
  /** The line in the help. */
  readonly summary: string;
  /** The number of inputs in a run by default. */
  readonly length: number;
  /** Runs the fuzzer and resolves to its findings, in the order of the inputs. `random` determines every input. */
  run(random: Random, length: number): Promise<readonly Finding[]>;
}

/** An input that broke a rule. */
export interface Finding {
  /** The number of the input in its run, from 0. */
  readonly index: number;
  /** The input in printable form, shortened. */
  readonly input: string;
  /** The rule that the input broke, and how. */
  readonly wrong: string;
}

/** The most findings that a report shows in full. */
const MOST_SHOWN = 10;

/** Returns the findings of a run as text, with the command that repeats the run. */
export function report(fuzzer: string, seed: number, length: number, findings: readonly Finding[]): string {
  const shown = findings.slice(0, MOST_SHOWN).map(({ index, input, wrong }) => `input ${index}: ${wrong}\n  ${input}`);
  const left = findings.length - shown.length;
  return [
    `${findings.length} findings; repeat: npm run fuzz -- ${fuzzer} --seed ${seed} --length ${length}`,
    ...shown,
    ...(left > 0 ? [`(${left} more)`] : []),
  ].join("\n");
}

/** Returns text or bytes as one line of at most 400 characters, with all invisible characters escaped. */
export function printable(text: string): string {
  const shown = JSON.stringify(text).replaceAll(/[^ -~]/g, escaped);
  return shown.length <= 400 ? shown : `${shown.slice(0, 400)}… (${text.length} characters)`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
