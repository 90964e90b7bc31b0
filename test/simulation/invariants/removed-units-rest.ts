import type { MakeInvariant } from "../world/world.ts";

/**
 * A unit that an agent has removed does not start on that machine again, whoever starts it. The agent reports the
 * removal: it publishes an exclusive unit as cleared, and deletes the state of any other unit.
 */
export const removedUnitsRest: MakeInvariant = (world) => {
  /** Removed units whose files are gone, by host and unit. */
  const removed = new Set<string>();
  return {
    name: "a removed unit does not start again",
    onCommit: ({ writer, written }) => {
      const host = world.machines.find(({ daemon }) => daemon?.agent.process === writer)?.host;
      for (const { key, after } of host ? written : []) {
        const [head, , unit = ""] = key.split("/");
        if (head !== "state" || !host || host.systemd.files.has(unit)) continue;
        const isCleared = after !== undefined && (JSON.parse(after.value) as { cleared: number }).cleared > 0;
        if (after === undefined || isCleared) removed.add(`${host.options.name} ${unit}`);
      }
      return undefined;
    },
    onUnit: (unit, { options, systemd, ownUnits }) => {
      const key = `${options.name} ${unit}`;
      if (systemd.files.has(unit) || ownUnits.has(unit)) removed.delete(key);
      const state = systemd.units.get(unit)?.activeState ?? "inactive";
      // The agent notices a start during the removal, and stops the unit again.
      if (!removed.has(key) || systemd.leftovers.has(unit)) return undefined;
      if (state === "inactive" || state === "failed") return undefined;
      return `${unit} was removed from ${options.name}, but is ${state} there`;
    },
  };
};
