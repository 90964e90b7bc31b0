import { type ClusterSnapshot, placesOf, type Unit } from "@flotilla/model";
import { type ApiContext, readInTurn } from "../context.ts";

/** Returns why a unit is not placed; none for a placed or inactive unit. */
export type ReasonsOf = (unit: string) => readonly string[];

/**
 * Answers with units from the current cluster, and with the reasons of unplaced units. `select` and `show` must not wait,
 * because the view is live. If reasons must be computed, `show` may see a later view than `select`.
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

/** Whether a unit may need reasons. A placed global unit is kept from other machines only by recorded attempts. */
function isWaiting(snapshot: ClusterSnapshot, { name, desired, requirements }: Unit): boolean {
  if (desired === "inactive") return false;
  if (requirements.global && snapshot.attempts.has(name)) return true;
  return !placesOf(snapshot, name).some(({ machineID }) => snapshot.machines.has(machineID));
}
