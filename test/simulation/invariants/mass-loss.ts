import type { Commit, Written } from "../world/ledger.ts";
import { massLossRules } from "../world/parts.ts";
import { assignmentOf, attendanceOf } from "../world/records.ts";
import type { Machine } from "../world/machine.ts";
import type { Vanished } from "../world/vanished.ts";
import type { MakeInvariant, World } from "../world/world.ts";

/** The longest time between a decision and its write, in milliseconds. */
const UNDER_WAY_MS = 50;

/**
 * Machines that vanish together keep their units from the first loss on, until one of them returns, an operator ends
 * the hold, or the hold has lasted long enough. Machines of a hold in the attendance keep their units in any case.
 */
export const massLoss: MakeInvariant = (world) => {
  const { holdMs } = massLossRules(world.ttlMs);
  return {
    name: "many machines that vanish together keep their units",
    onCommit: (commit) => {
      const { vanished, ledger } = world;
      const isOver =
        commit.written.some((each) => each.key === "hold/release" || isReturn(each, vanished)) ||
        !vanished?.lost.every(isStillLost) ||
        world.timeline.now >= vanished.at + holdMs;
      if (isOver) world.vanished = undefined;
      const ids = world.vanished?.lost.map(({ machine }) => machine.host.options.machineID) ?? [];
      const held = new Set([...(attendanceOf(ledger).hold?.machines ?? []), ...ids]);
      const taken = commit.written.find((each) => isTaken(each, commit) && held.has(machineOf(each)));
      if (!taken || ledger.entries.has(`machine/${machineOf(taken)}`)) return undefined;
      if (isFromBefore(commit, ledger.changedAt(`machine/${machineOf(taken)}`))) return undefined;
      return `${taken.key} was removed while ${held.size} machines that vanished together are away`;
    },
  };
};

/**
 * Returns the state after a mass loss. Call it only if all was well before, so that only the number of lost machines
 * counts.
 */
export function vanishedNow({ timeline }: World, lost: readonly Machine[]): Vanished {
  const asItIs = (machine: Machine): Vanished["lost"][number] => {
    const { link, host } = machine;
    return { machine, link, boot: host.systemd.boot };
  };
  return { at: timeline.now, lost: lost.map(asItIs) };
}

/** Whether a lost machine returns, or another machine with its ID joins. */
function isReturn({ key, after }: Written, vanished: Vanished | undefined): boolean {
  const isOf = ({ machine }: Vanished["lost"][number]): boolean => key === `machine/${machine.host.options.machineID}`;
  return after !== undefined && vanished?.lost.some(isOf) === true;
}

function isStillLost({ machine, link, boot }: Vanished["lost"][number]): boolean {
  return machine.link === link && machine.host.systemd.boot === boot && !(machine.powered && link.reach === "open");
}

/** Whether all machines are in the cluster and have had no trouble for a while. */
export function isQuiet({ timeline, ttlMs, ledger, machines }: World): boolean {
  const { present, missing, hold, awaited = [] } = attendanceOf(ledger);
  const isWell = ({ host, daemon, powered }: Machine): boolean => {
    const process = daemon?.agent.process;
    const { machineID } = host.options;
    const isUp = powered && process?.alive === true && !process.frozen && daemon?.ending === undefined;
    // The attendance may still list a machine that is leaving, or one whose daemon has not joined again.
    const isThere = present.includes(machineID) && daemon?.agent.agent.status.joined === true;
    return isUp && isThere && process.troubledAt < timeline.now - 2 * ttlMs;
  };
  const areAllThere = present.length === machines.length && missing.length + awaited.length === 0;
  return areAllThere && hold === undefined && machines.every(isWell);
}

/**
 * Whether a unit's assignment moves to a machine that had none. A machine that still runs a copy may get the unit back.
 */
export function isTaken({ key, before }: Written, { written }: Commit): boolean {
  if (!key.startsWith("assignment/") || !before || assignmentOf(before).leaving) return false;
  const { unit } = assignmentOf(before);
  const isNewPlace = (each: Written): boolean => !each.before && each.key.startsWith("assignment/") && each.key !== key;
  return written.some((each) => isNewPlace(each) && each.key.endsWith(`/${unit}`));
}

/** Whether the leader was frozen when the machine was lost, and now writes what it had decided before. */
function isFromBefore({ at, writer }: Commit, lostAt: number): boolean {
  return writer !== undefined && writer.troubledAt >= lostAt && at - writer.troubledAt < UNDER_WAY_MS;
}

export function machineOf({ key }: Written): string {
  return key.split("/")[1] ?? "";
}
