import { posix } from "node:path";
import * as z from "zod";

/** The forms of an option's value: each schema takes text and returns a typed value. */

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

/** An hour. A longer time is an error, such as a number of milliseconds. */
const LONGEST_SECONDS_MS = 3_600 * 1000;

/** A decimal number of seconds, as in fleet; the result is in milliseconds. */
export const seconds = z.string().transform((value, context) => {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0 && number * 1000 <= LONGEST_SECONDS_MS) return number * 1000;
  context.addIssue(`must be a number of seconds above 0 and up to ${LONGEST_SECONDS_MS / 1000}, such as "2" or "1.5"`);
  return z.NEVER;
});

const unitsInMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A year. A longer duration is an error, and sums of such durations exceed the exact integers of JavaScript. */
const LONGEST_MS = 8_760 * 3_600_000;

/** A duration in Go's form ("30s", "1m30s"), as in fleet, of at most a year; the result is in milliseconds. */
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

/** A list: `["a","b"]`, one value, or several values separated by commas. */
export const list = z.string().transform((value, context) => {
  const bare = value.startsWith("[") ? fromBrackets(value) : value.split(",");
  const items = bare?.map((item) => item.trim()).filter((item) => item !== "");
  if (items && items.length > 0) return items;
  context.addIssue('must be a list such as ["http://10.0.0.1:2379","http://10.0.0.2:2379"]');
  return z.NEVER;
});

/**
 * A list with each item parsed by `read`.
 * @param read returns undefined for an invalid item.
 * @param what the valid items, for the message.
 */
export function listOf<Item>(read: (item: string) => Item | undefined, what: string) {
  return list.transform((items, context) =>
    items.flatMap((item) => {
      const value = read(item);
      if (value !== undefined) return [value];
      context.addIssue(`must be a list of ${what}, not "${item}"`);
      return [];
    }),
  );
}

/** A directory in etcd. fleet joins paths, so slashes at either end make no difference. */
export const keyPrefix = z.string().transform((value) => posix.join("/", value, "/"));

function fromBrackets(value: string): string[] | undefined {
  try {
    const parsed = z.array(z.string()).safeParse(JSON.parse(value.replaceAll("'", '"')));
    return parsed.data;
  } catch {
    return undefined;
  }
}

/** The most characters of metadata: each list of machines and each watch stream contains the metadata. */
const LONGEST_METADATA = 64 * 1024;

/** A machine's metadata as the configuration gives it. */
export interface ConfiguredMetadata {
  readonly pairs: Readonly<Record<string, string>>;
  /** Entries without effect: without a key and a "=", or with the key `__proto__`. */
  readonly ignored: readonly string[];
}

/**
 * Metadata as `key=value,key=value` by the rules of fleet's config.go. Spaces around the first `=` and around `,` are
 * removed. A value may be empty or contain `=`. The last value of a key wins. Entries without `=` are ignored.
 */
export const metadata = z.string().transform((value, context): ConfiguredMetadata => {
  if (value.length > LONGEST_METADATA) {
    context.addIssue(`has ${value.length} characters, but at most ${LONGEST_METADATA} are allowed`);
    return z.NEVER;
  }
  const entries = value.split(",").filter((entry) => entry.trim() !== "");
  // The schemas of the store's records reject a key `__proto__`.
  const isPair = (entry: string): boolean => entry.indexOf("=") > 0 && !/^\s*(__proto__\s*)?=/.test(entry);
  const pairs = entries.filter(isPair).map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals).trim(), entry.slice(equals + 1).trim()] as const;
  });
  return {
    pairs: Object.fromEntries(pairs),
    ignored: entries.filter((entry) => !isPair(entry)).map((entry) => entry.trim()),
  };
});
