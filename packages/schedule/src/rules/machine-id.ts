import {
  type ClusterSnapshot,
  describeMachine,
  describeMachines,
  type Machine,
  type MachineID,
  type MachineNames,
  machinesNamed,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import { listed } from "../wording.ts";
import type { MachineRule } from "./rule.ts";

/** A whole machine ID (machine-id(5)). It names one machine, and nothing else. */
const WHOLE_ID = /^[0-9a-f]{32}$/;

/**
 * MachineID=: only the machine with this ID, beginning of an ID, host name or address. A text that names several machines
 * names none. A unit stays on a machine that its text names, whatever machines come later: the machine may hold the
 * unit's data.
 */
export const machineIDRule: MachineRule = {
  kind: "machine",
  name: "MachineID",
  examples: [{ section: "X-Fleet", name: "MachineID", value: "m1" }],
  asks: ({ requirements }) => requirements.machineID,
  names: namedMachine,
  check({ requirements: { machineID } }, machine) {
    return machineID === undefined || isNamed(machine, machineID) ? undefined : { subject: machineID };
  },
  explain({ subject }, _unit, { snapshot }) {
    const machine = snapshot.machines.get(subject);
    if (machine) return `MachineID names another machine, ${describeMachine(machine)}`;
    const meant = machinesMeantBy(subject, snapshot);
    if (meant.length === 0)
      return `MachineID names another machine, ${shortMachineID(subject)}, which is not in the cluster`;
    return `MachineID=${subject} names several machines: ${listed(describeMachines(meant), "and")}`;
  },
  fix({ subject }, _unit, { snapshot }) {
    if (snapshot.machines.has(subject)) return "remove MachineID from the unit file";
    const [meant] = machinesMeantBy(subject, snapshot);
    if (meant !== undefined) return `write the whole ID of one of them in the unit file, such as MachineID=${meant.id}`;
    return `bring machine ${shortMachineID(subject)} back, or remove MachineID from the unit file`;
  },
};

/**
 * The ID of the machine that the unit's text names: first the one that the unit is assigned to, also while that machine
 * is away, else the only present one. Without one, the text itself, which is the ID of no machine.
 */
function namedMachine({ name, requirements }: Unit, snapshot: ClusterSnapshot): MachineID | undefined {
  const { machineID } = requirements;
  if (machineID === undefined || WHOLE_ID.test(machineID) || snapshot.machines.has(machineID)) return machineID;
  const places = [...(snapshot.assignments.get(name)?.values() ?? [])].filter(({ leaving }) => !leaving);
  const own = places.map((place) => place.machineID).sort();
  const kept = own.find((id) => isNamed(snapshot.machines.get(id) ?? { id }, machineID));
  if (kept !== undefined) return kept;
  const [only, ...others] = machinesMeantBy(machineID, snapshot);
  return only === undefined || others.length > 0 ? machineID : only.id;
}

function isNamed(machine: MachineNames, text: string): boolean {
  return machine.id === text || (!WHOLE_ID.test(text) && machinesNamed([machine], text).length > 0);
}

function machinesMeantBy(text: string, { machines }: ClusterSnapshot): readonly Machine[] {
  return machinesNamed(machines.values(), text).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
