import type { Commit, Written } from "../world/ledger.ts";
import { massLossRules } from "../world/parts.ts";
import { assignmentOf, attendanceOf } from "../world/records.ts";
import type { Condition } from "../world/wire.ts";
import type { Machine, World } from "../world/world.ts";
import type { MakeInvariant } from "./invariant.ts";

/** A decision is written so soon after it was made, milliseconds. */
const UNDER_WAY_MS = 50;

/**
 * While machines that vanished together are away, their units stay theirs: from the first loss on, until one of them
 * is back, an operator says otherwise, or it has lasted long enough. A hold that the attendance names is kept in any case.
 */
export const massLoss: MakeInvariant = (world) => {
  const { holdMs } = massLossRules(world.ttlMs);
  return {
    name: "many that vanish together keep their units",
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
      return `${taken.key} is given up while ${held.size} machines are away together`;
    },
  };
};

/** Many machines that were lost at one moment, each as it was right after. */
export interface Vanished {
  readonly at: number;
  readonly lost: readonly { readonly machine: Machine; readonly link: Condition; readonly boot: number }[];
}

/** The world as it is after they were lost, if before that all was well, so that nothing but their number counts. */
export function vanishedNow({ timeline }: World, lost: readonly Machine[]): Vanished {
  const asItIs = (machine: Machine): Vanished["lost"][number] => {
    const { link, host } = machine;
    return { machine, link, boot: host.systemd.boot };
  };
  return { at: timeline.now, lost: lost.map(asItIs) };
}

/** Of the machine itself, or of another one with its ID. */
function isReturn({ key, after }: Written, vanished: Vanished | undefined): boolean {
  const isOf = ({ machine }: Vanished["lost"][number]): boolean => key === `machine/${machine.host.options.machineID}`;
  return after !== undefined && vanished?.lost.some(isOf) === true;
}

function isStillLost({ machine, link, boot }: Vanished["lost"][number]): boolean {
  return machine.link === link && machine.host.systemd.boot === boot && !(machine.powered && link.reach === "open");
}

/** All are in the cluster, and have been without trouble for a while. */
export function isQuiet({ timeline, ttlMs, ledger, machines }: World): boolean {
  const { present, missing, hold, awaited = [] } = attendanceOf(ledger);
  const isWell = ({ host, daemon, powered }: Machine): boolean => {
    const process = daemon?.agent.process;
    const { machineID } = host.options;
    const isUp = powered && process?.alive === true && !process.frozen && daemon?.ending === undefined;
    // One that has gone by itself, or is on its way back, and gives no sign of life, may be in the attendance still.
    const isThere = present.includes(machineID) && daemon?.agent.agent.status.joined === true;
    return isUp && isThere && process.troubledAt < timeline.now - 2 * ttlMs;
  };
  const areAllThere = present.length === machines.length && missing.length + awaited.length === 0;
  return areAllThere && hold === undefined && machines.every(isWell);
}

/** Its place goes to a machine that had nothing of it: one that runs a copy still may well have it back. */
function isTaken({ key, before }: Written, { written }: Commit): boolean {
  if (!key.startsWith("assignment/") || !before || assignmentOf(before).leaving) return false;
  const { unit } = assignmentOf(before);
  const isNewPlace = (each: Written): boolean => !each.before && each.key.startsWith("assignment/") && each.key !== key;
  return written.some((each) => isNewPlace(each) && each.key.endsWith(`/${unit}`));
}

/** The leader stood still when the machine was lost, and goes on with what it had decided before. */
function isFromBefore({ at, writer }: Commit, lostAt: number): boolean {
  return writer !== undefined && writer.troubledAt >= lostAt && at - writer.troubledAt < UNDER_WAY_MS;
}

function machineOf({ key }: Written): string {
  return key.split("/")[1] ?? "";
}
