import { isTrigger } from "@flotilla/unit";
import type { Random } from "../random.ts";
import { RELOAD_MS } from "../world/host.ts";
import type { World } from "../world/world.ts";
import { type Action, anyMachine } from "./action.ts";

/**
 * Events for which timers, sockets and paths wait. They are not faults. Histories without triggers do not have them.
 */
export const TRIGGER_EVENTS: readonly Action[] = [
  {
    name: "trigger fires",
    weight: 4,
    act: ({ world }, random) => {
      const unit = random.pick(world.units.filter(isTrigger));
      const machine = anyMachine(world, random);
      if (!machine) return;
      const { host } = machine;
      const times = random.chance(0.3) ? 10 : 1;
      world.tell("trigger", `${unit} on ${host.options.name} fires ${times} times if it runs there`);
      for (let each = 0; each < times; each += 1)
        world.timeline.after(each * random.between(1, 300), () => host.hang.wake(() => host.systemd.fire(unit)));
    },
  },
];

/**
 * Lets triggers fire while the unit that they start is being removed, as happens to sockets with many connections.
 * Random events would hardly ever hit those few milliseconds.
 */
export function letTriggersFireAtRemovals(world: World, random: Random): void {
  world.onAsked = ({ what, unit }, { systemd, hang }) => {
    if (what !== "remove") return;
    const triggers = [...systemd.units].filter(([, { definition }]) => definition.triggers === unit);
    for (const [trigger] of triggers) {
      const ms = random.below(2 * RELOAD_MS);
      if (random.chance(0.5)) world.timeline.after(ms, () => hang.wake(() => systemd.fire(trigger)));
    }
  };
}
