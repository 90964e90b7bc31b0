import type { Clients } from "../clients/client.ts";
import type { Random } from "../random.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";

/** The world and the clients of a history. */
export interface Scene {
  readonly world: World;
  readonly clients: Clients;
}

/** An action that a step may take. `random` determines all its choices. */
export interface Action {
  readonly name: string;
  /** How often the action is drawn, relative to the others. */
  readonly weight: number;
  readonly act: (scene: Scene, random: Random) => void;
}

/** Draws the length of a fault, in milliseconds: up to three TTLs, and all orders of magnitude are equally likely. */
export function duration({ ttlMs }: World, random: Random): number {
  return random.between(50, 3 * ttlMs);
}

/** Draws a machine that has power. */
export function anyMachine({ machines }: World, random: Random): Machine | undefined {
  const powered = machines.filter((machine) => machine.powered);
  return powered.length === 0 ? undefined : random.pick(powered);
}
