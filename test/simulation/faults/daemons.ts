import type { Random } from "../random.ts";
import type { Role } from "../world/process.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
import { type Action, anyMachine, duration } from "./action.ts";
import { freezeLeader } from "./frozen-leader.ts";
import { MOST_SLOW_MS } from "./stores.ts";

const PARTS: readonly (Role | "daemon")[] = ["daemon", "agent", "engine", "api"];

/** Faults of fleetd's processes. */
export const DAEMONS: readonly Action[] = [
  {
    name: "crash",
    weight: 2,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      if (!machine) return;
      const part = random.pick(PARTS);
      crash(world, machine, part, downtime(world, random));
    },
  },
  {
    // Crashes at a random one of the process's next passages, that is, between any two awaits that others can observe.
    name: "crash at an await",
    weight: 4,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const part = random.pick(PARTS);
      const process = machine?.daemon?.processes().find(({ role }) => part === "daemon" || role === part);
      if (!machine || !process) return;
      world.tell("fault", `${process.name} will crash soon with its ${part}`);
      const strike = random.fork();
      process.crashAfter(1 + random.below(40), () => crash(world, machine, part, downtime(world, strike)));
    },
  },
  {
    // The last write still arrives, often after the process's successor has started.
    name: "crash with a write under way",
    weight: 3,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const part = random.pick(["agent", "engine", "api", "agent"] as const);
      const process = machine?.daemon?.processes().find(({ role }) => part === role);
      if (!machine || !process) return;
      world.tell("fault", `${process.name} will crash after it has sent its next write`);
      const [ms, strike] = [random.between(50, MOST_SLOW_MS), random.fork()];
      process.crashWithWrite({ ms, strike: () => crash(world, machine, part, downtime(world, strike)) });
    },
  },
  {
    name: "restart",
    weight: 1,
    act: ({ world }, random) => {
      const machine = anyMachine(world, random);
      const daemon = machine?.daemon;
      if (!machine || !daemon?.alive || daemon.ending !== undefined || machine.host.hang.isOn) return;
      world.tell("fault", `${machine.host.options.name} restarts its daemon`);
      const pause = random.between(1, 3_000);
      world.noteUnsureStarts(machine.host);
      void daemon.end("keep").then(() => {
        world.noteUnsureStarts(machine.host);
        revive(world, machine, pause);
      });
    },
  },
  {
    name: "freeze",
    weight: 1.5,
    act: ({ world }, random) => {
      if (random.chance(0.3)) return freezeLeader(world, random);
      const machine = anyMachine(world, random);
      const daemon = machine?.daemon;
      if (!machine || !daemon) return;
      const ms = duration(world, random);
      world.tell("fault", `${machine.host.options.name} is frozen for ${ms} ms`);
      daemon.freeze();
      world.timeline.after(ms, () => {
        world.tell("fault", `${machine.host.options.name} is thawed`);
        daemon.thaw();
      });
    },
  },
];

/** @param ms how long the daemon is down, or a part of it. */
export function crash(world: World, machine: Machine, part: Role | "daemon", ms: number): void {
  const { daemon } = machine;
  if (!daemon) return;
  world.tell("fault", `${machine.host.options.name} crashes: ${part}`);
  if (part === "daemon" || part === "agent") world.noteUnsureStarts(machine.host);
  if (part === "daemon") daemon.kill();
  else daemon.killPart(part);
  revive(world, machine, ms);
}

function downtime({ ttlMs }: World, random: Random): number {
  return random.between(1, random.chance(0.2) ? 3 * ttlMs : 3_000);
}

/** Starts the daemon again after a while, as systemd does with Restart=always. */
function revive(world: World, machine: Machine, ms: number): void {
  world.timeline.after(ms, () => {
    if (!machine.powered) return;
    world.tell("fault", `${machine.host.options.name}'s daemon is started`);
    world.switchOn(machine);
  });
}
