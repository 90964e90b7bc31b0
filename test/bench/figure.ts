/** One measured thing: its samples in milliseconds, and what it is held against. */
export interface Figure {
  readonly name: string;
  readonly samples: readonly number[];
  /** At most this, milliseconds, as the median. */
  readonly target?: number;
  /** The figure of the same run that this one is compared with. */
  readonly peer?: string;
}

export interface Summary {
  readonly name: string;
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly target?: number;
  readonly ratio?: number;
}

/** Medians and spreads, each figure beside its target and its peer. */
export function summarise(figures: readonly Figure[]): Summary[] {
  const medians = new Map(figures.map(({ name, samples }) => [name, quantile(samples, 0.5)]));
  return figures.map(({ name, samples, target, peer }) => {
    const median = quantile(samples, 0.5);
    const peerMedian = peer === undefined ? undefined : medians.get(peer);
    return {
      name,
      count: samples.length,
      min: Math.min(...samples),
      median,
      max: Math.max(...samples),
      ...(target === undefined ? {} : { target }),
      ...(peerMedian === undefined ? {} : { ratio: median / peerMedian }),
    };
  });
}

/** The sample below which a share `q` of them lies. */
function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** The summaries as lines of a table. */
export function asTable(summaries: readonly Summary[]): string {
  const header = ["figure (milliseconds)", "n", "min", "median", "max", "target", "ratio to its peer"];
  const rows = summaries.map(({ name, count, min, median, max, target, ratio }) => [
    name,
    String(count),
    rounded(min),
    rounded(median),
    rounded(max),
    target === undefined ? "-" : `<= ${target} ${median <= target ? "met" : "MISSED"}`,
    ratio === undefined ? "-" : `${ratio.toFixed(1)}x`,
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}

function rounded(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}
