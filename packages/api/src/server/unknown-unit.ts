import type { ClusterSnapshot, Unit } from "@flotilla/model";
import { RequestError } from "./request-error.ts";

/** @throws RequestError when the cluster does not have the unit, or nobody can read it. */
export function unitIn({ units, unreadable }: Pick<ClusterSnapshot, "units" | "unreadable">, name: string): Unit {
  const unit = units.get(name);
  if (unit) return unit;
  throw unreadable.has(name) ? unreadableUnit(name) : unknownUnit(name);
}

/** Not found, for whoever would have a unit's content: the store holds what is no record, or no file, of the unit's. */
export function unreadableUnit(name: string): RequestError {
  return new RequestError(
    "unit-unreadable",
    `Unit ${name} is in the store, but its record or its file cannot be read, or is beyond a bound; submit it again, replacing what is there, or destroy it.`,
  );
}

export function unknownUnit(name: string): RequestError {
  return new RequestError(
    "unit-not-found",
    `Unit ${name} does not exist; submit it first, or look for its name among the units.`,
  );
}
