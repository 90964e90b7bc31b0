import type { Attendance, Hold, MachineID } from "@flotilla/model";

/** When machines count as having vanished together, and what ends the hold that follows. */
export interface MassLossRules {
  /** A mass loss is more than this share of the machines, from 0 to 1. */
  readonly share: number;
  /** A mass loss is at least this many machines. */
  readonly least: number;
  /** Losses count together when they are no further apart than this: a machine's TTL, milliseconds. */
  readonly windowMs: number;
  /** The longest that a hold lasts, milliseconds. */
  readonly holdMs: number;
}

/** The facts about the machines that the leader knows at one moment. Durations are by its own monotonic clock. */
export interface Observed {
  readonly machines: { keys(): Iterable<MachineID>; has(id: MachineID): boolean };
  /** Machines that took themselves out of the cluster, or were removed while they were present. */
  readonly departed: ReadonlySet<MachineID>;
  /** Machines that are in the cluster, but have missed a heartbeat. */
  readonly overdue: ReadonlySet<MachineID>;
  /** The hold that an operator has ended, by its `since`. */
  readonly released: number | undefined;
  /** Whether the leader's own machine regained the store a moment ago, so that other machines may be about to. */
  readonly settling: boolean;
  /** Milliseconds since the leader first missed the machine, not counting the time in which `settling` was set. */
  readonly missedFor: (id: MachineID) => number;
  /** Milliseconds since the leader first saw this hold. */
  readonly heldFor: (hold: Hold) => number;
}

/**
 * Returns the present attendance.
 *
 * A hold begins when more than a share of the machines vanish within the window. A hold ends when enough of them are
 * back, when an operator ends it, or by time. The machines that are still away are then dropped from the attendance,
 * like any machine that has been away for longer than the window.
 *
 * While the store is out of reach, silence says nothing about a machine. Machines that are away at that time are
 * awaited, and count as vanished only if they do not return in time.
 *
 * @param now milliseconds since the epoch, for the name of a hold that begins.
 */
export function takeAttendance(last: Attendance, observed: Observed, rules: MassLossRules, now: number): Attendance {
  const { machines, departed, missedFor } = observed;
  const known = new Set([...last.present, ...last.missing, ...(last.hold?.machines ?? [])]);
  const away = [...known].filter((id) => !machines.has(id) && !departed.has(id));
  const missing = away.filter((id) => missedFor(id) < rules.windowMs).sort();
  const present = [...machines.keys()].sort();
  const seen = { present, missing };
  const awaited = observed.settling && missing.length > 0 ? missing : undefined;
  if (!last.hold) return { ...seen, hold: awaited ? undefined : begin(seen, observed, rules, now), awaited };
  if (isOver(last.hold, observed, rules)) return { present, missing: [] };
  return { ...seen, hold: goOn(last.hold, away, seen, observed, rules), awaited };
}

function begin(
  { present, missing }: Attendance,
  { overdue }: Observed,
  rules: MassLossRules,
  now: number,
): Hold | undefined {
  if (missing.length === 0) return undefined;
  const suspects = [...missing, ...present.filter((id) => overdue.has(id))].sort();
  const of = present.length + missing.length;
  return isMassLoss(suspects.length, of, rules) ? { since: now, machines: suspects, of } : undefined;
}

function isOver(hold: Hold, { released, heldFor }: Observed, { holdMs }: MassLossRules): boolean {
  return released === hold.since || heldFor(hold) >= holdMs;
}

function goOn(
  hold: Hold,
  away: readonly MachineID[],
  { missing }: Attendance,
  { overdue }: Observed,
  rules: MassLossRules,
): Hold | undefined {
  const affected = new Set([...hold.machines, ...missing]);
  const machines = [...affected].filter((id) => away.includes(id) || overdue.has(id)).sort();
  return isMassLoss(machines.length, hold.of, rules) ? { ...hold, machines } : undefined;
}

function isMassLoss(count: number, of: number, { share, least }: MassLossRules): boolean {
  return count >= least && count > share * of;
}
