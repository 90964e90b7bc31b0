import type { Random } from "../simulation/random.ts";

/** A generator of hostile input for one part of Flotilla, with the rules that the part must keep. */
export interface Fuzzer {
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Inputs in a run by default. */
  readonly length: number;
  /** Resolves to what was wrong, in the order of the inputs. The random numbers decide every input. */
  run(random: Random, length: number): Promise<readonly Finding[]>;
}

/** An input that broke a rule. */
export interface Finding {
  /** Which input of the run, from 0 on. */
  readonly index: number;
  /** The input, printable and cut to a readable length. */
  readonly input: string;
  /** The rule that was broken, and how. */
  readonly wrong: string;
}

/** Findings that a report shows; the rest is counted. */
const MOST_SHOWN = 10;

/** What a run found, for people, with the command that repeats it. */
export function report(fuzzer: string, seed: number, length: number, findings: readonly Finding[]): string {
  const shown = findings.slice(0, MOST_SHOWN).map(({ index, input, wrong }) => `input ${index}: ${wrong}\n  ${input}`);
  const left = findings.length - shown.length;
  return [
    `${findings.length} findings; repeat: npm run fuzz -- ${fuzzer} --seed ${seed} --length ${length}`,
    ...shown,
    ...(left > 0 ? [`(${left} more)`] : []),
  ].join("\n");
}

/** Text or bytes as one line of at most 400 characters, all of them visible. */
export function printable(text: string): string {
  const shown = JSON.stringify(text).replaceAll(/[^ -~]/g, escaped);
  return shown.length <= 400 ? shown : `${shown.slice(0, 400)}… (${text.length} characters)`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
