import { optionValues } from "../option-values.ts";
import { RequirementsError } from "../requirements-error.ts";
import type { UnitOption } from "../unit-file.ts";
import { shortened } from "../wording.ts";
import { X_FLEET_SECTION, type XFleetOption } from "../x-fleet.ts";
import { parseCores } from "./parse-cores.ts";
import { parseSize } from "./parse-size.ts";

/** What a unit reserves of its machine; undefined for nothing. */
export interface Reservations {
  /** Thousandths of a core. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly disk?: number;
}

/** The options of systemd.resource-control(5) that say how much memory a unit needs, the most telling one first. */
const MEMORY = ["MemoryMin", "MemoryLow", "MemoryMax", "MemoryHigh"];

const NAMES: ReadonlySet<string> = new Set([...MEMORY, "CPUQuota", "CPUReserve", "MemoryReserve", "DiskReserve"]);

/**
 * Reads what a unit reserves: CPUReserve=, MemoryReserve= and DiskReserve= of [X-Fleet]. Without them, the limits that
 * systemd keeps count: CPUQuota=, and the first of MemoryMin=, MemoryLow=, MemoryMax= and MemoryHigh= that is a size.
 *
 * @throws RequirementsError for a reservation that is not an amount.
 */
export function reservationsOf(options: readonly UnitOption[]): Reservations {
  // Filtered once: most files have no such option.
  const own = options.filter(({ name }) => NAMES.has(name));
  if (own.length === 0) return {};
  const cpu = reserved("CPUReserve", own, parseCores, CORES) ?? limit(own, "CPUQuota", quota);
  const memory =
    reserved("MemoryReserve", own, parseSize, SIZE) ??
    MEMORY.values()
      .map((name) => limit(own, name, parseSize))
      .find((bytes) => bytes !== undefined);
  const disk = reserved("DiskReserve", own, parseSize, SIZE);
  return { ...(cpu && { cpu }), ...(memory && { memory }), ...(disk && { disk }) };
}

const CORES = "a number of cores; write for example 2, 0.5 or 150% (of one core)";
const SIZE = "a size; write for example 512M or 2G (K, M, G and T count by 1024)";

type Parse = (text: string) => number | undefined;

/** As in systemd, the last assignment counts, and an empty one resets the option. 0 reserves nothing. */
function reserved(option: XFleetOption, own: readonly UnitOption[], parse: Parse, kind: string): number | undefined {
  const value = optionValues(own, X_FLEET_SECTION, option).at(-1);
  if (value === undefined) return undefined;
  const amount = parse(value);
  if (amount !== undefined) return amount;
  throw new RequirementsError(`${option}=${shortened(value)} in [X-Fleet] is not ${kind}`);
}

/** A limit of 0 protects nothing, so the next option counts. */
function limit(own: readonly UnitOption[], name: string, parse: Parse): number | undefined {
  const one = own.find((option) => option.name === name && option.section !== X_FLEET_SECTION);
  if (one === undefined) return undefined;
  const value = optionValues(own, one.section, name).findLast((text) => isKnown(text, parse));
  return (value === undefined ? undefined : parse(value)) || undefined;
}

/** systemd ignores a value that it cannot read, and keeps the earlier one. */
function isKnown(text: string, parse: Parse): boolean {
  return text === "infinity" || /^\d+(\.\d+)?%$/.test(text) || parse(text) !== undefined;
}

/** CPUQuota= takes percent only. */
function quota(text: string): number | undefined {
  return text.endsWith("%") ? parseCores(text) : undefined;
}
