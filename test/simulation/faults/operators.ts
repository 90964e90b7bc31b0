import type { Random } from "../random.ts";
import { type Action, anyMachine } from "./action.ts";

/** An operator takes machines out of use and back. Most drains last until the operator ends them. */
export const OPERATORS: readonly Action[] = [
  {
    name: "drain",
    weight: 3,
    act: ({ world, clients }, random) => {
      const [by, of] = [anyMachine(world, random), random.pick(world.machines)];
      const until = random.chance(0.3) ? { untilSeconds: 1 + random.below(60) } : {};
      if (by) clients.keep(by, of, "PUT", "drain", until);
    },
  },
  {
    name: "cordon",
    weight: 1,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.keep(by, random.pick(world.machines), "PUT", "cordon", {});
    },
  },
  {
    name: "undrain",
    weight: 1,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.keep(by, random.pick(world.machines), "DELETE", "drain", undefined);
    },
  },
  {
    name: "uncordon",
    weight: 2,
    act: ({ world, clients }, random) => {
      const by = anyMachine(world, random);
      if (by) clients.keep(by, random.pick(world.machines), "DELETE", "cordon", undefined);
    },
  },
];

/** How many of a history's steps are an operator's, in histories with one. */
export function operatorSteps(random: Random): number {
  return 2 + random.below(10);
}
