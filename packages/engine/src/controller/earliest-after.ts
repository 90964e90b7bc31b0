/** Returns the earliest of the times that are still to come; undefined when none is. */
export function earliestAfter(now: number, times: Iterable<number | undefined>): number | undefined {
  let earliest: number | undefined;
  for (const time of times)
    if (time !== undefined && time > now && (earliest === undefined || time < earliest)) earliest = time;
  return earliest;
}
