import type { UnitState } from "@flotilla/model";
import type { MakeInvariant } from "../world/world.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/**
 * An agent reports a unit as given up, which makes the unit move, only if systemd has given it up. A pause before an
 * automatic restart does not count.
 */
export const givenUp: MakeInvariant = (world) => {
  /** When systemd last had the unit given up; Infinity while that is so. By host and unit. */
  const givenUpAt = new Map<string, number>();
  return {
    name: "systemd gives a unit up before the unit moves",
    onUnit: (unit, { options, systemd }) => {
      const state = systemd.units.get(unit);
      if (state?.activeState === "failed" && !state.pause) givenUpAt.set(`${options.name} ${unit}`, Infinity);
      else if (givenUpAt.get(`${options.name} ${unit}`) === Infinity)
        givenUpAt.set(`${options.name} ${unit}`, world.timeline.now);
      return undefined;
    },
    onCommit: ({ writer, written }) => {
      const host = world.machines.find(({ daemon }) => daemon?.agent.process === writer)?.host;
      for (const { key, after } of written) {
        const [head, , unit = ""] = key.split("/");
        if (!writer || !host || !after || head !== "state") continue;
        const { gaveUp, active } = JSON.parse(after.value) as UnitState;
        if (!gaveUp || active !== "failed") continue;
        const at = givenUpAt.get(`${host.options.name} ${unit}`) ?? Number.NEGATIVE_INFINITY;
        if (world.timeline.now - at > ageOfKnowledge(world, writer))
          return `${writer.name} reports that ${unit} was given up, but systemd will start it again`;
      }
      return undefined;
    },
  };
};
