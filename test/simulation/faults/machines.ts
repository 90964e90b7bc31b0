import { isQuiet, vanishedNow } from "../invariants/mass-loss.ts";
import { FINE } from "../world/transport.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import { type Action, anyMachine, duration } from "./action.ts";

/** Faults of whole machines. */
export const MACHINES: readonly Action[] = [
  {
    name: "power cut",
    weight: 1.5,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine) return;
      losePower(world, machine, duration(world, random));
    },
  },
  {
    name: "mass loss",
    weight: 0.7,
    act: ({ world }, random) => {
      const powered = world.machines.filter((machine) => machine.powered);
      const count = Math.max(3, Math.floor(powered.length / 2) + 1);
      if (powered.length <= count) return;
      const spared = random.below(powered.length);
      const lost = powered.filter(
        (_, index) => (index - spared + powered.length) % powered.length >= powered.length - count,
      );
      const wasQuiet = isQuiet(world);
      const isCutOff = random.chance(0.5);
      for (const machine of lost) {
        const ms = world.ttlMs + duration(world, random);
        if (isCutOff) cutOff(world, machine, ms);
        else losePower(world, machine, ms);
      }
      if (wasQuiet) world.vanished = vanishedNow(world, lost);
    },
  },
  {
    name: "leave",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const daemon = machine?.daemon;
      if (!machine || !daemon?.alive || daemon.ending !== undefined || machine.host.hang.isOn) return;
      const { name: host } = machine.host.options;
      const ms = duration(world, random);
      world.tell("fault", `${host} leaves the cluster for ${ms} ms`);
      world.cause({ host });
      void daemon.end("leave").then(() => {
        world.tell("fault", `${host} has left`);
        world.cause({ host });
        world.timeline.after(ms, () => {
          if (machine.powered && machine.daemon === daemon) world.switchOn(machine);
        });
      });
    },
  },
  {
    name: "second machine with one ID",
    weight: 0.5,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine || world.machines.some(({ gone }) => gone !== undefined)) return;
      const { options } = machine.host;
      const ms = duration(world, random);
      const name = `${options.name}'`;
      world.tell("fault", `${name} boots with the machine ID of ${options.name} for ${ms} ms`);
      const twin = world.add({ ...options, name });
      twin.gone = false;
      world.timeline.after(ms, () => {
        if (twin.gone) return;
        world.tell("fault", `${name} is removed`);
        world.remove(twin);
      });
    },
  },
  {
    name: "clock jump",
    weight: 0.5,
    act: ({ world }, random) => {
      const ms = (random.chance(0.5) ? 1 : -1) * random.between(100, 1e9);
      world.tell("fault", `wall clocks jump by ${ms} ms`);
      world.timeline.jumpWall(ms);
    },
  },
];

export function losePower(world: World, machine: Machine, ms: number): void {
  world.tell("fault", `${machine.host.options.name} loses power for ${ms} ms`);
  world.cutPower(machine);
  world.timeline.after(ms, () => {
    if (machine.powered || machine.gone) return;
    world.tell("fault", `${machine.host.options.name} boots`);
    world.switchOn(machine);
  });
}

function cutOff(world: World, machine: Machine, ms: number): void {
  world.tell("fault", `${machine.host.options.name} is cut off for ${ms} ms`);
  machine.link = { ...FINE, reach: "silent" };
  world.timeline.after(ms, () => {
    machine.link = FINE;
    world.tell("fault", `${machine.host.options.name} is no longer cut off`);
  });
}
