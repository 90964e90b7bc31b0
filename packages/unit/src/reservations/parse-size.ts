const SUFFIXES = "BKMGTPE";

/**
 * Reads a size as systemd's MemoryMax= does: a number with an optional suffix B, K, M, G, T, P or E to the base of 1024.
 *
 * @returns bytes, as a whole number; undefined for anything else, also for a share in percent and `infinity`.
 */
export function parseSize(text: string): number | undefined {
  const [, digits, suffix = "B"] = /^(\d+(?:\.\d+)?)[ \t]*([BKMGTPE])?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const bytes = Math.ceil(Number(digits) * 1024 ** SUFFIXES.indexOf(suffix));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
