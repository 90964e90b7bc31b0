import type { ClusterSnapshot, Unit } from "@flotilla/model";
import { RequestError } from "./request-error.ts";

/** Returns the unit. @throws RequestError if the unit does not exist or is unreadable. */
export function unitIn({ units, unreadable }: Pick<ClusterSnapshot, "units" | "unreadable">, name: string): Unit {
  const unit = units.get(name);
  if (unit) return unit;
  throw unreadable.has(name) ? unreadableUnit(name) : unknownUnit(name);
}

/** The error for a unit whose record or file in the store is unreadable. */
export function unreadableUnit(name: string): RequestError {
  return new RequestError(
    "unit-unreadable",
    `cannot read unit ${name}: its record or its file in the store is invalid or exceeds a limit; submit it again with replace, or destroy it`,
  );
}

export function unknownUnit(name: string): RequestError {
  return new RequestError(
    "unit-not-found",
    `unit ${name} does not exist; submit it first, or look up its name in the list of units`,
  );
}
