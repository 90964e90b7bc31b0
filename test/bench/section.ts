import type { Figure } from "./figure.ts";

export interface BenchOptions {
  /** The number of measurements of each figure. */
  readonly rounds: number;
  /** The numbers of machines without hosts, with one run for each. */
  readonly machines: readonly number[];
  /** The length of measurements over time. */
  readonly minutes: number;
  /** Reports progress. */
  readonly progress: (line: string) => void;
}

/** A group of figures that share hosts or servers. */
export interface Section {
  readonly name: string;
  /** A short title for the list of sections. */
  readonly about: string;
  measure(options: BenchOptions): Promise<readonly Figure[]>;
}
