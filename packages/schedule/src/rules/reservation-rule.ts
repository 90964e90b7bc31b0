import { reservable, type Resources, shortMachineID, type Unit } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { CapacityRule } from "./rule.ts";

/** The rule of one resource: the units of a machine reserve no more of it than the machine can promise. */
export function reservationRule(
  resource: keyof Resources,
  option: "CPUReserve" | "MemoryReserve" | "DiskReserve",
  example: string,
  scale: number,
  text: (amount: number) => string,
): CapacityRule {
  const what = resource === "cpu" ? "CPU" : resource;
  const reserved = ({ requirements }: Unit): number => requirements[resource] ?? 0;
  return {
    kind: "capacity",
    name: option,
    examples: [{ section: "X-Fleet", name: option, value: example }],
    consumes: reserved,
    scale,
    capacity: (machine) => reservable(machine, resource),
    reject: (unit, free) => ({ subject: text(reserved(unit)), found: text(Math.max(free, 0)) }),
    explain({ subject, found }) {
      return `the unit reserves ${subject} of ${what}, but only ${listed(found, "or")} is free`;
    },
    fix({ subject, example: { id } }, unit) {
      return `free ${subject} of ${what} on machine ${shortMachineID(id)}, let ${unit.name} reserve less, or add a machine`;
    },
  };
}
