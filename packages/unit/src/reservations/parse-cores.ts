import { X_FLEET_LIMITS } from "../limits.ts";

/**
 * Reads a number of cores: `2`, `0.5`, or a share of one core as CPUQuota= takes it, `150%`.
 *
 * @returns thousandths of a core, rounded up; undefined for anything else.
 */
export function parseCores(text: string): number | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  // Rounded first, because 0.07 * 1000 is slightly more than 70 in binary.
  const thousandths = Math.ceil(Number((Number(digits) * (percent === undefined ? 1000 : 10)).toFixed(6)));
  return thousandths <= X_FLEET_LIMITS.cores * 1000 ? thousandths : undefined;
}
