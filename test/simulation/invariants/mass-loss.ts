import type { Roll } from "@flotilla/model";
import type { Commit, Written } from "../world/ledger.ts";
import { massLossRules } from "../world/parts.ts";
import { assignmentOf, rollOf } from "../world/records.ts";
import type { World } from "../world/world.ts";
import type { MakeInvariant } from "./invariant.ts";

/**
 * While machines that vanished together are away, their units stay theirs: from the first loss on, until one of them
 * is back, an operator says otherwise, or it has lasted long enough. A hold that the roll names is kept in any case.
 */
export const massLoss: MakeInvariant = (world) => {
  const { holdMs } = massLossRules(world.ttlMs);
  return {
    name: "many that vanish together keep their units",
    onCommit: (commit) => {
      const { vanished, ledger } = world;
      if (vanished && (isOver(commit, vanished.ids) || world.timeline.now >= vanished.at + holdMs))
        world.vanished = undefined;
      const held = new Set([...heldBy(ledger.entries.get("engine/roll")), ...(world.vanished?.ids ?? [])]);
      const taken = commit.written.find((each) => isTaken(each, commit) && held.has(machineOf(each)));
      if (!taken || ledger.entries.has(`machine/${machineOf(taken)}`)) return undefined;
      return `${taken.key} is given up while ${held.size} machines are away together`;
    },
  };
};

function heldBy(roll: Parameters<typeof rollOf>[0] | undefined): Roll["missing"] {
  return (roll && rollOf(roll).hold?.machines) ?? [];
}

function isOver({ written }: Commit, ids: readonly string[]): boolean {
  return written.some(
    ({ key, after }) => after && (key === "hold/release" || ids.some((id) => key === `machine/${id}`)),
  );
}

/** Its place goes to a machine that had nothing of it: one that runs a copy still may well have it back. */
function isTaken({ key, before }: Written, { written }: Commit): boolean {
  if (!key.startsWith("assignment/") || !before || assignmentOf(before).leaving) return false;
  const { unit } = assignmentOf(before);
  return written.some((each) => !each.before && each.key !== key && each.key.endsWith(`/${unit}`));
}

function machineOf({ key }: Written): string {
  return key.split("/")[1] ?? "";
}

/** Many machines are lost at this moment. All is well with them and with the store, so that all are lost as one. */
export function noteVanished(world: World, ids: readonly string[]): void {
  const { now } = world.timeline;
  const roll = world.ledger.entries.get("engine/roll");
  const { present = [], missing = [], hold, awaited = [] } = (roll && rollOf(roll)) ?? {};
  const isQuiet = missing.length + awaited.length === 0 && hold === undefined;
  const areWell = world.machines.every(
    ({ host, daemon, powered }) =>
      powered &&
      daemon?.agent.process.alive &&
      !daemon.agent.process.frozen &&
      daemon.agent.process.troubledAt < now - 2 * world.ttlMs &&
      present.includes(host.options.machineID),
  );
  if (isQuiet && areWell && present.length === world.machines.length) world.vanished = { at: now, ids };
}
