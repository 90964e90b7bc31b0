import type { WatchRequest } from "../port/index.ts";

/** The part of a key between the prefix of its family and the next slash, or the end of the key. */
export function segmentOf(family: string, key: string): string {
  const slash = key.indexOf("/", family.length);
  return slash < 0 ? key.slice(family.length) : key.slice(family.length, slash);
}

/** The one segment in which all keys of a watch are; undefined if the watch may select keys of several segments. */
export function segmentSelected(
  family: string,
  { prefix, exact = false }: Pick<WatchRequest, "prefix" | "exact">,
): string | undefined {
  return exact || prefix.includes("/", family.length) ? segmentOf(family, prefix) : undefined;
}
