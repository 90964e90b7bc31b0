import type { Figure } from "./figure.ts";

export interface BenchOptions {
  /** The number of measurements of each figure. */
  readonly rounds: number;
  /** The numbers of machines to run without hosts: one run for each number. */
  readonly machines: readonly number[];
  /** The number of servers that these machines are agents of. */
  readonly servers: number;
  /** The length of measurements that run for a while. */
  readonly minutes: number;
  /** Prints a line of progress. */
  readonly progress: (line: string) => void;
}

/** A group of figures that share hosts or servers. */
export interface Section {
  readonly name: string;
  /** A short title for the list of sections. */
  readonly about: string;
  measure(options: BenchOptions): Promise<readonly Figure[]>;
}
