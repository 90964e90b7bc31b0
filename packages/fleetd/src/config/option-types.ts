import { posix } from "node:path";
import * as z from "zod";

/** The forms that a value in fleet.conf or the environment can have: text in, a typed value out. */

export const text = z.string();

export const flag = z.string().transform((value, context) => {
  if (/^(true|yes|on|1)$/i.test(value)) return true;
  if (/^(false|no|off|0)$/i.test(value)) return false;
  context.addIssue('must be "true" or "false"');
  return z.NEVER;
});

export function integer(least: number, most: number) {
  return z.string().transform((value, context) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    context.addIssue(`must be a whole number from ${least} to ${most}`);
    return z.NEVER;
  });
}

export const fraction = z.string().transform((value, context) => {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number <= 1) return number;
  context.addIssue('must be a number from 0 to 1, such as "0.5"');
  return z.NEVER;
});

/** An hour. Longer ones are typing errors, as of milliseconds. */
const LONGEST_SECONDS_MS = 3_600 * 1000;

/** Seconds as a decimal number, as fleet writes them; milliseconds out. */
export const seconds = z.string().transform((value, context) => {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0 && number * 1000 <= LONGEST_SECONDS_MS) return number * 1000;
  context.addIssue(`must be a number of seconds above 0 and up to ${LONGEST_SECONDS_MS / 1000}, such as "2" or "1.5"`);
  return z.NEVER;
});

const unitsInMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A year. Longer durations are typing errors, and sums of them leave what etcd and JavaScript count exactly. */
const LONGEST_MS = 8_760 * 3_600_000;

/** A duration in Go's form ("30s", "1m30s"), as fleet takes it, of a year at most; milliseconds out. */
export function duration(leastMs: number) {
  return z.string().transform((value, context) => {
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const whole = parts.map(([part]) => part).join("") === value;
    const ms = parts.reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * unitsInMs[unit as keyof typeof unitsInMs],
      0,
    );
    if (parts.length > 0 && whole && ms >= leastMs && ms <= LONGEST_MS) return ms;
    context.addIssue(
      `must be a duration from ${leastMs / 1000}s to ${LONGEST_MS / unitsInMs.h}h, such as "30s" or "1m30s"`,
    );
    return z.NEVER;
  });
}

/** `["a","b"]`, or one value, or several with commas between them. */
export const list = z.string().transform((value, context) => {
  const bare = value.startsWith("[") ? fromBrackets(value) : value.split(",");
  const items = bare?.map((item) => item.trim()).filter((item) => item !== "");
  if (items && items.length > 0) return items;
  context.addIssue('must be a list such as ["http://10.0.0.1:2379","http://10.0.0.2:2379"]');
  return z.NEVER;
});

/**
 * A list of what `read` makes of each item.
 * @param read undefined where the item is none of `what`.
 */
export function listOf<Item>(read: (item: string) => Item | undefined, what: string) {
  return list.transform((items, context) =>
    items.flatMap((item) => {
      const value = read(item);
      if (value !== undefined) return [value];
      context.addIssue(`must be a list of ${what}; "${item}" is none`);
      return [];
    }),
  );
}

/** A directory of etcd's: fleet joined paths, so that a slash more or less at either end is the same. */
export const keyPrefix = z.string().transform((value) => posix.join("/", value, "/"));

function fromBrackets(value: string): string[] | undefined {
  try {
    const parsed = z.array(z.string()).safeParse(JSON.parse(value.replaceAll("'", '"')));
    return parsed.data;
  } catch {
    return undefined;
  }
}

/** Each listing of machines and each watch stream carries it. Characters. */
const LONGEST_METADATA = 64 * 1024;

/** A machine's metadata as the configuration gives it. */
export interface ConfiguredMetadata {
  readonly pairs: Readonly<Record<string, string>>;
  /** Entries without a key and a "=", and those of a key `__proto__`, which have no effect. */
  readonly passedOver: readonly string[];
}

/**
 * `key=value,key=value` by fleet's rules (its config.go): spaces around the first `=` and around `,` do not count, the
 * value may be empty or hold `=`, the last value of a key wins, and what has no `=` is passed over. So is `__proto__`.
 */
export const metadata = z.string().transform((value, context): ConfiguredMetadata => {
  if (value.length > LONGEST_METADATA) {
    context.addIssue(`has ${value.length} characters; it may have ${LONGEST_METADATA}`);
    return z.NEVER;
  }
  const entries = value.split(",").filter((entry) => entry.trim() !== "");
  // No schema of the store's records takes a key __proto__.
  const isPair = (entry: string): boolean => entry.indexOf("=") > 0 && !/^\s*(__proto__\s*)?=/.test(entry);
  const pairs = entries.filter(isPair).map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals).trim(), entry.slice(equals + 1).trim()] as const;
  });
  return {
    pairs: Object.fromEntries(pairs),
    passedOver: entries.filter((entry) => !isPair(entry)).map((entry) => entry.trim()),
  };
});
