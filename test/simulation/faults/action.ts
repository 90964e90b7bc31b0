import type { Clients } from "../clients/client.ts";
import type { Random } from "../random.ts";
import type { Machine, World } from "../world/world.ts";

/** Where a step takes place. */
export interface Scene {
  readonly world: World;
  readonly clients: Clients;
}

/** Something that may happen at a step. All that it chooses follows from `random`. */
export interface Action {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly act: (scene: Scene, random: Random) => void;
}

/** How long trouble lasts, milliseconds: as often within a lease's time as beyond it. */
export function duration({ ttlMs }: World, random: Random): number {
  return random.between(50, 3 * ttlMs);
}

/** Any machine that has power. */
export function anyMachine({ machines }: World, random: Random): Machine | undefined {
  const powered = machines.filter((machine) => machine.powered);
  return powered.length === 0 ? undefined : random.pick(powered);
}
