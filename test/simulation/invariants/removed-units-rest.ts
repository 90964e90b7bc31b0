import type { MakeInvariant } from "./invariant.ts";

/**
 * What was removed from a machine does not start there, whoever asks systemd for it. Removed is a unit once its agent
 * has said so: that it is cleared, or, for one that is not exclusive, that there is nothing of it any more.
 */
export const removedUnitsRest: MakeInvariant = (world) => {
  /** By host and unit, with their files gone. */
  const removed = new Set<string>();
  return {
    name: "a removed unit does not come back",
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
      // What starts before the removal is over, the agent sees, and stops again.
      if (!removed.has(key) || systemd.leftovers.has(unit)) return undefined;
      if (state === "inactive" || state === "failed") return undefined;
      return `${unit} was removed from ${options.name}, and is ${state} there`;
    },
  };
};
