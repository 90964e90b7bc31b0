/** One measured thing: its samples, and what it is held against. */
export interface Figure {
  readonly name: string;
  /** What a sample is counted in: "ms", "MB", "% of a core", "units/s", "a unit". */
  readonly unit: string;
  readonly samples: readonly number[];
  /** The bound that the samples' median is to keep. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The bound that the 99th percentile is to keep. */
  readonly p99AtMost?: number;
  /** A figure of the same run that this one is compared with, and how many times that it may be. */
  readonly peer?: { readonly name: string; readonly atMost?: number };
}

export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** The median beside the peer's. */
  readonly ratio?: number;
  readonly bounds: readonly Bound[];
}

export interface Bound {
  /** As in "median <= 30". */
  readonly text: string;
  readonly met: boolean;
}

/** Medians and spreads, each figure beside its bounds and its peer. */
export function summarise(figures: readonly Figure[]): Summary[] {
  const medians = new Map(figures.map(({ name, samples }) => [name, quantile(samples, 0.5)]));
  return figures.map((figure) => {
    const { name, unit, samples, peer } = figure;
    const median = quantile(samples, 0.5);
    const p99 = quantile(samples, 0.99);
    const peerMedian = peer && medians.get(peer.name);
    const ratio = peerMedian === undefined ? undefined : median / peerMedian;
    return {
      name,
      unit,
      count: samples.length,
      min: quantile(samples, 0),
      median,
      p99,
      max: quantile(samples, 1),
      ...(ratio !== undefined && { ratio }),
      bounds: boundsOf(figure, { median, p99, ratio }),
    };
  });
}

function boundsOf(
  { atMost, atLeast, p99AtMost, peer }: Figure,
  { median, p99, ratio = Number.NaN }: { median: number; p99: number; ratio: number | undefined },
): Bound[] {
  const bounds: Bound[] = [];
  if (atMost !== undefined) bounds.push({ text: `<= ${atMost}`, met: median <= atMost });
  if (atLeast !== undefined) bounds.push({ text: `>= ${atLeast}`, met: median >= atLeast });
  if (p99AtMost !== undefined) bounds.push({ text: `p99 <= ${p99AtMost}`, met: p99 <= p99AtMost });
  if (peer?.atMost !== undefined) bounds.push({ text: `<= ${peer.atMost}x`, met: ratio <= peer.atMost });
  return bounds;
}

/** The sample below which a share `q` of them lies. */
function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
