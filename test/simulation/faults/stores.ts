import type { Random } from "../random.ts";
import { type Condition, FINE } from "../world/transport.ts";
import { type Action, anyMachine, duration } from "./action.ts";

/** The longest time that a message takes, in milliseconds. Every message that was sent earlier has arrived. */
export const MOST_SLOW_MS = 4_000;

/** Faults of the store and of the connections to it. */
export const STORES: readonly Action[] = [
  {
    name: "store away",
    weight: 1,
    act: ({ world }, random) => {
      const ms = duration(world, random);
      world.storeCondition = trouble(random);
      world.tell("fault", `the store is disturbed for ${ms} ms: ${JSON.stringify(world.storeCondition)}`);
      world.timeline.after(ms, () => {
        world.storeCondition = FINE;
        world.tell("fault", "the store recovers");
      });
    },
  },
  {
    name: "partition",
    weight: 2,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine) return;
      const ms = duration(world, random);
      const { name } = machine.host.options;
      machine.link = trouble(random);
      world.tell(
        "fault",
        `${name}'s connections to the store are disturbed for ${ms} ms: ${JSON.stringify(machine.link)}`,
      );
      world.timeline.after(ms, () => {
        machine.link = FINE;
        world.tell("fault", `${name}'s connections to the store recover`);
      });
    },
  },
  {
    name: "compaction",
    weight: 2,
    act: ({ world }) => {
      world.tell("fault", `the store is compacted up to ${world.ledger.revision}`);
      world.compact();
    },
  },
];

export function trouble(random: Random): Condition {
  switch (random.below(4)) {
    case 0:
      return { ...FINE, reach: "refusing" };
    case 1:
      return { ...FINE, reach: "silent" };
    case 2:
      return { ...FINE, slowMs: random.between(20, MOST_SLOW_MS) };
    default:
      return { ...FINE, lossy: random.pick([0.05, 0.3, 0.6]) };
  }
}
