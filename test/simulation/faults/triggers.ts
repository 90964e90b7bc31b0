import { isTrigger } from "@flotilla/unit";
import { type Action, anyMachine } from "./action.ts";

/** What timers, sockets and paths wait for: no fault, and in no history without them. */
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
      world.tell("trigger", `${unit} on ${host.options.name} fires, if it runs there: ${times} times`);
      for (let each = 0; each < times; each += 1)
        world.timeline.after(each * random.between(1, 300), () => host.hang.wake(() => host.systemd.fire(unit)));
    },
  },
];
