import type { Figure } from "./figure.ts";

export interface BenchOptions {
  /** How often each thing is measured. */
  readonly rounds: number;
  /** How many machines without hosts there are, one run for each. */
  readonly machines: readonly number[];
  /** How long what is measured over time goes on. */
  readonly minutes: number;
  /** Says what is being done, to whoever waits for it. */
  readonly progress: (line: string) => void;
}

/** Figures that are taken together, on hosts or servers of their own. */
export interface Section {
  readonly name: string;
  /** In a few words, for the list of sections. */
  readonly about: string;
  measure(options: BenchOptions): Promise<readonly Figure[]>;
}
