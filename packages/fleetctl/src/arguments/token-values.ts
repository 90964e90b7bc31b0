import { UsageError } from "../command-error.ts";

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/**
 * Returns the seconds of a time such as 30m.
 * @throws UsageError naming the flag.
 */
export function secondsIn(ttl: string, flag = "ttl"): number {
  const [, amount, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(ttl) ?? [];
  if (amount === undefined) throw new UsageError(`cannot use --${flag}=${ttl}: write a time such as 30m, 1h or 7d`);
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** @throws UsageError naming the flag. */
export function pairsIn(flag: string, text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [, key, value] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
      if (key === undefined || value === undefined)
        throw new UsageError(`cannot read --${flag}=${JSON.stringify(text)}: not of the form key=value,...`);
      return [key, value];
    }),
  );
}
