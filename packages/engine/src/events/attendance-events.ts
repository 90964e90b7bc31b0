import { facts, type MachineID, type NewEvent, shortMachineID } from "@flotilla/model";
import type { ClusterView } from "@flotilla/registry";
import type { AttendanceDecision } from "../attendance/decide-attendance.ts";

/** Why machines are gone, and whether an operator has ended a hold. */
export type Departed = Pick<ClusterView, "left" | "departed" | "removed" | "released">;

/** Returns the events of a written attendance: machines that come and go, and the hold after a mass loss. */
export function eventsOfAttendance({ last, attendance }: AttendanceDecision, departed: Departed): readonly NewEvent[] {
  const known = new Set(last.present);
  const present = new Set(attendance.present);
  const missed = new Set([...last.missing, ...(last.hold?.machines ?? [])]);
  return [
    ...attendance.present.filter((id) => !known.has(id)).map((id) => came(id, missed.has(id))),
    ...last.present.filter((id) => !present.has(id)).map((id) => went(id, departed)),
    ...eventsOfHold({ last, attendance }, departed),
  ];
}

function came(id: MachineID, isBack: boolean): NewEvent {
  return {
    kind: isBack ? "machine-returned" : "machine-joined",
    machine: id,
    sentence: `machine ${shortMachineID(id)} ${isBack ? "is back in" : "joined"} the cluster`,
    fact: facts.joined(id),
  };
}

function went(id: MachineID, { left, departed, removed }: Departed): NewEvent {
  const about = { machine: id, fact: facts.gone(id) } as const;
  const name = `machine ${shortMachineID(id)}`;
  if (removed.has(id))
    return {
      ...about,
      kind: "machine-left",
      sentence: `${name} was removed from the cluster`,
      cause: facts.removed(id),
    };
  if (left.has(id) || departed.has(id))
    return { ...about, kind: "machine-left", sentence: `${name} left the cluster: its daemon was stopped on purpose` };
  return { ...about, kind: "machine-lost", sentence: `${name} was lost: its lease ended` };
}

function eventsOfHold(
  { last, attendance: { hold } }: Pick<AttendanceDecision, "last" | "attendance">,
  { released }: Departed,
): readonly NewEvent[] {
  if (hold && hold.since !== last.hold?.since)
    return [
      {
        kind: "hold-begins",
        sentence:
          `${hold.machines.length} of ${hold.of} machines vanished together: their units are not moved until the machines ` +
          "return or the hold ends (fleetctl release-hold)",
      },
    ];
  if (!last.hold || hold) return [];
  const isReleased = released === last.hold.since;
  return [
    {
      kind: "hold-ends",
      sentence: `units of machines that vanished are moved again: ${isReleased ? "an operator ended the hold" : "the hold is over"}`,
      ...(isReleased && { cause: facts.holdReleased }),
    },
  ];
}
