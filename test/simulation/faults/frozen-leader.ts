import type { Random } from "../random.ts";
import type { Commit } from "../world/ledger.ts";
import type { World } from "../world/world.ts";

/** The longest time from the next leader's election to the thaw, milliseconds. */
const MOST_LATE_MS = 20;

/**
 * Freezes the leader's daemon between a decision and its write, until another engine has just begun to lead. Chance alone
 * would hardly ever hit those few milliseconds.
 */
export function freezeLeader(world: World, random: Random): void {
  const machine = world.machines.find(({ daemon }) => daemon?.engine?.leads);
  if (!machine?.daemon?.engine) return;
  const { host, daemon } = machine;
  const { engine } = machine.daemon;
  const { name } = host.options;
  const ms = random.below(MOST_LATE_MS);
  world.tell("fault", `${name} will freeze before its engine's next write`);
  engine.process.beforeWrite(() => {
    world.tell("fault", `${name} is frozen before a write until another engine leads`);
    daemon.freeze();
    const thaw = (): void => {
      world.watchers.delete(watch);
      if (engine.process.frozen) world.tell("fault", `${name} is thawed`);
      daemon.thaw();
    };
    const watch = ({ written }: Commit): void => {
      if (written.some(({ key, after }) => key === "engine/leader" && after)) world.timeline.after(ms, thaw);
    };
    world.watchers.add(watch);
    world.timeline.after(3 * world.ttlMs, thaw);
  });
}
