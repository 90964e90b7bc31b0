import { type ClusterSnapshot, placesOf, type Unit } from "@flotilla/model";
import { type ApiContext, readInTurn } from "../context.ts";

/** Why a unit lacks a place; none for one that lacks none, or is to have none. */
export type ReasonsOf = (unit: string) => readonly string[];

/**
 * Answers with units from the cluster as it is now, and with the reasons of those that wait for a place. Neither part
 * must wait, for the view is live: when reasons have to be worked out, it may be later by the time of `show`.
 */
export function showUnits<S extends { readonly items: readonly Unit[] }, T>(
  context: ApiContext,
  signal: AbortSignal,
  select: (snapshot: ClusterSnapshot) => S,
  show: (snapshot: ClusterSnapshot, selection: S, reasonsOf: ReasonsOf) => T,
): Promise<T> {
  return context.cluster.with(async (reader) => {
    const snapshot = await reader.fresh(signal);
    const rest = await readInTurn(context, reader, signal, (): (() => Promise<T>) => {
      const selection = select(snapshot);
      const waiting = selection.items.filter((unit) => isWaiting(snapshot, unit)).map(({ name }) => name);
      if (waiting.length === 0) {
        const shown = show(snapshot, selection, () => []);
        return () => Promise.resolve(shown);
      }
      return async () => {
        const reasons = await context.explain(waiting, signal);
        return readInTurn(context, reader, signal, () => show(snapshot, selection, (name) => reasons.get(name) ?? []));
      };
    });
    return rest();
  });
}

/** A global unit is kept from further machines, beside the places that it has, by what is on record of it alone. */
function isWaiting(snapshot: ClusterSnapshot, { name, desired, requirements }: Unit): boolean {
  if (desired === "inactive") return false;
  if (requirements.global && snapshot.attempts.has(name)) return true;
  return !placesOf(snapshot, name).some(({ machineID }) => snapshot.machines.has(machineID));
}
