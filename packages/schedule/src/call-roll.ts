import type { Hold, MachineID, Roll } from "@flotilla/model";

/** When machines count as having vanished together, and what ends the hold that follows. */
export interface MassLossRules {
  /** More than this share of the machines, from 0 to 1. */
  readonly share: number;
  /** And at least so many. */
  readonly least: number;
  /** Losses count together when they are no further apart than this: a machine's TTL, milliseconds. */
  readonly windowMs: number;
  /** A hold lasts no longer, milliseconds. */
  readonly holdMs: number;
}

/** What the leader knows of the machines at one moment. Durations are by its own monotonic clock. */
export interface Attendance {
  readonly machines: { keys(): Iterable<MachineID>; has(id: MachineID): boolean };
  /** They took themselves out of the cluster. */
  readonly departed: ReadonlySet<MachineID>;
  /** They are in the cluster still, but have missed a heartbeat. */
  readonly overdue: ReadonlySet<MachineID>;
  /** The hold that an operator has ended, by its `since`. */
  readonly released: number | undefined;
  /** The leader's own machine has the store back since a moment ago only: others may be about to. */
  readonly settling: boolean;
  /** Milliseconds since the leader first missed the machine, without those while it was settling. */
  readonly missedFor: (id: MachineID) => number;
  /** Milliseconds since the leader first saw this hold. */
  readonly heldFor: (hold: Hold) => number;
}

/**
 * The roll as it is now. A hold begins when more than a share of the machines vanish within the window. It ends when
 * enough of them are back, when an operator says so, or by time; then those that are still away are forgotten, as
 * any machine is that has been away for longer than the window.
 *
 * Silence says nothing of a machine while the store could not be reached: all that are away then are awaited, and
 * count as vanished only when they are not back in time.
 *
 * @param now milliseconds since the epoch, for the name of a hold that begins.
 */
export function callRoll(roll: Roll, attendance: Attendance, rules: MassLossRules, now: number): Roll {
  const { machines, departed, missedFor } = attendance;
  const known = new Set([...roll.present, ...roll.missing, ...(roll.hold?.machines ?? [])]);
  const away = [...known].filter((id) => !machines.has(id) && !departed.has(id));
  const missing = away.filter((id) => missedFor(id) < rules.windowMs).sort();
  const present = [...machines.keys()].sort();
  const called = { present, missing };
  const awaited = attendance.settling && missing.length > 0 ? missing : undefined;
  if (!roll.hold) return { ...called, hold: awaited ? undefined : begin(called, attendance, rules, now), awaited };
  if (isOver(roll.hold, attendance, rules)) return { present, missing: [] };
  return { ...called, hold: goOn(roll.hold, away, called, attendance, rules), awaited };
}

function begin(
  { present, missing }: Roll,
  { overdue }: Attendance,
  rules: MassLossRules,
  now: number,
): Hold | undefined {
  if (missing.length === 0) return undefined;
  const suspects = [...missing, ...present.filter((id) => overdue.has(id))].sort();
  const of = present.length + missing.length;
  return isMassLoss(suspects.length, of, rules) ? { since: now, machines: suspects, of } : undefined;
}

function isOver(hold: Hold, { released, heldFor }: Attendance, { holdMs }: MassLossRules): boolean {
  return released === hold.since || heldFor(hold) >= holdMs;
}

function goOn(
  hold: Hold,
  away: readonly MachineID[],
  { missing }: Roll,
  { overdue }: Attendance,
  rules: MassLossRules,
): Hold | undefined {
  const concerned = new Set([...hold.machines, ...missing]);
  const machines = [...concerned].filter((id) => away.includes(id) || overdue.has(id)).sort();
  return isMassLoss(machines.length, hold.of, rules) ? { ...hold, machines } : undefined;
}

function isMassLoss(count: number, of: number, { share, least }: MassLossRules): boolean {
  return count >= least && count > share * of;
}
