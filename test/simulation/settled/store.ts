import { attendanceOf } from "../world/records.ts";
import type { World } from "../world/world.ts";

/** The store contains nothing unused, all machines are present, and one engine leads. */
export function store({ ledger, reading, machines }: World): string | undefined {
  const named = new Set([...reading.units(), ...reading.assignments()].map(({ digest }) => digest));
  const file = ledger.under("file/").find(({ key }) => !named.has(key.slice("file/".length)));
  if (file) return `${file.key.slice(0, 9)} is in the store, but nothing refers to it`;
  const attendance = attendanceOf(ledger);
  if (attendance.hold || attendance.missing.length > 0 || attendance.awaited)
    return `all machines are present, but the attendance says otherwise: ${JSON.stringify(attendance)}`;
  const leaders = machines.filter(({ daemon }) => daemon?.engine?.process.alive && daemon.engine.leads);
  if (leaders.length !== 1 || !ledger.entries.has("engine/leader")) return `${leaders.length} engines lead`;
  const known = new Set(machines.map(({ host }) => host.options.machineID));
  const stray = [...ledger.entries.keys()].find((key) => {
    const [head = "", machineID = ""] = key.split("/");
    return ["machine", "state", "assignment", "roll"].includes(head) && !known.has(machineID);
  });
  return stray === undefined ? undefined : `${stray} belongs to an unknown machine`;
}
