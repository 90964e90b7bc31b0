/** One measured quantity: its samples and its limits. */
export interface Figure {
  readonly name: string;
  /** The unit of a sample: "ms", "MB", "% of a core", "units/s", "a unit". */
  readonly unit: string;
  readonly samples: readonly number[];
  /** The limit for the median. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The limit for the 99th percentile. */
  readonly p99AtMost?: number;
  /** Another figure of the same run, and the highest allowed ratio to it. */
  readonly baseline?: { readonly name: string; readonly atMost?: number };
}

export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** The ratio of the median to the median of the baseline. */
  readonly ratio?: number;
  readonly limits: readonly Limit[];
}

export interface Limit {
  /** For example "median <= 30". */
  readonly text: string;
  readonly met: boolean;
}

/** Returns the median and spread of each figure, compared with its limits and its baseline. */
export function summarise(figures: readonly Figure[]): Summary[] {
  const medians = new Map(figures.map(({ name, samples }) => [name, quantile(samples, 0.5)]));
  return figures.map((figure) => {
    const { name, unit, samples, baseline } = figure;
    const median = quantile(samples, 0.5);
    const p99 = quantile(samples, 0.99);
    const baselineMedian = baseline && medians.get(baseline.name);
    const ratio = baselineMedian === undefined ? undefined : median / baselineMedian;
    return {
      name,
      unit,
      count: samples.length,
      min: quantile(samples, 0),
      median,
      p99,
      max: quantile(samples, 1),
      ...(ratio !== undefined && { ratio }),
      limits: limitsOf(figure, { median, p99, ratio }),
    };
  });
}

function limitsOf(
  { atMost, atLeast, p99AtMost, baseline }: Figure,
  { median, p99, ratio = Number.NaN }: { median: number; p99: number; ratio: number | undefined },
): Limit[] {
  const limits: Limit[] = [];
  if (atMost !== undefined) limits.push({ text: `<= ${atMost}`, met: median <= atMost });
  if (atLeast !== undefined) limits.push({ text: `>= ${atLeast}`, met: median >= atLeast });
  if (p99AtMost !== undefined) limits.push({ text: `p99 <= ${p99AtMost}`, met: p99 <= p99AtMost });
  if (baseline?.atMost !== undefined) limits.push({ text: `<= ${baseline.atMost}x`, met: ratio <= baseline.atMost });
  return limits;
}

/** Returns the q-quantile of the samples. */
function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
