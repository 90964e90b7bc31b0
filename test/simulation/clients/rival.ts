import type { Random } from "../random.ts";
import type { World } from "../world/world.ts";
import type { Clients } from "./client.ts";

/**
 * Each strike leaves another unused file, which is deleted a minute later. More strikes would exceed the time limit for
 * settling.
 */
const MOST_STRIKES = 2;

/**
 * Lets a client submit a file at the moment at which the leader is about to delete it. Random requests would hardly
 * ever hit those few milliseconds.
 */
export function letRivalSubmit(world: World, clients: Clients, random: Random): void {
  let strikes = 0;
  world.onCall = ({ role }, call) => {
    if (role !== "engine" || call.type !== "range" || !call.request.prefix.startsWith("file/")) return;
    const file = world.ledger.entries.get(call.request.prefix)?.value;
    if (file === undefined || strikes >= MOST_STRIKES) return;
    strikes += 1;
    const [unit, by, ms] = [random.pick(world.units), random.pick(world.machines), random.below(8)];
    world.timeline.after(ms, () => clients.put(by, unit, { file, replace: true, desiredState: "launched" }));
  };
}
