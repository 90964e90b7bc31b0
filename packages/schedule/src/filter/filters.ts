import type { Unit } from "@flotilla/model";
import type { Plan } from "../plan/plan.ts";
import type { Room } from "../plan/room.ts";
import { conflictsFilter } from "./conflicts.ts";
import type { Filter, FilterName, FilterVerdict } from "./filter.ts";
import { machineIDFilter } from "./machine-id.ts";
import { machineOfFilter } from "./machine-of.ts";
import { metadataFilter } from "./metadata.ts";
import { replacedFilter } from "./replaced.ts";
import { replacesFilter } from "./replaces.ts";
import { triggeredByFilter } from "./triggered-by.ts";

/** The filters that look at the machine alone. */
export const machineFilters: readonly Filter[] = [machineIDFilter, metadataFilter];

/** The filters that look at what else is, or is to be, on the machine. */
export const companyFilters: readonly Filter[] = [
  machineOfFilter,
  triggeredByFilter,
  conflictsFilter,
  replacedFilter,
  replacesFilter,
];

/** All filters, in the order in which they are tried. A machine is told to fail the first that rejects it. */
export const filters: readonly Filter[] = [...machineFilters, ...companyFilters];

/** What has to hold for a unit to stay: it does not go because of one that is to make room for it. */
export const stayFilters: readonly Filter[] = filters.filter((filter) => filter !== replacesFilter);

/** Whether a machine that fails the filter may pass it as soon as other units come or go. */
export function isAboutCompany(name: FilterName): boolean {
  return name === "Conflicts" || name === "Replaced" || name === "Replaces";
}

export function firstRejection(list: readonly Filter[], unit: Unit, room: Room, plan: Plan): FilterVerdict | undefined {
  for (const filter of list) {
    const rejection = filter.check(unit, room, plan);
    if (rejection) return { filter, rejection };
  }
  return undefined;
}

const byName = new Map(filters.map((filter) => [filter.name, filter]));

export function filterNamed(name: FilterName): Filter {
  const filter = byName.get(name);
  if (!filter) throw new RangeError(`there is no filter ${name}`);
  return filter;
}
