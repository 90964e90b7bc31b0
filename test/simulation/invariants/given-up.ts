import type { UnitState } from "@flotilla/model";
import type { MakeInvariant } from "./invariant.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/**
 * That systemd has given a unit up, for which the unit moves, an agent says only if it is so: not while systemd pauses
 * before it starts the unit again.
 */
export const givenUp: MakeInvariant = (world) => {
  /** When systemd last had a unit given up, by host and unit. */
  const givenUpAt = new Map<string, number>();
  return {
    name: "a unit is given up by systemd before it moves",
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
          return `${writer.name} says that ${unit} was given up, and systemd is to start it again`;
      }
      return undefined;
    },
  };
};
