import { shortID } from "../wording.ts";
import type { Filter } from "./filter.ts";

/** MachineID: that machine alone. */
export const machineIDFilter: Filter = {
  name: "MachineID",
  check({ requirements: { machineID } }, { machine }) {
    if (machineID === undefined || machine.id === machineID) return undefined;
    return { subject: machineID };
  },
  explain({ subject }, _unit, { snapshot }) {
    const away = snapshot.machines.has(subject) ? "" : ", which is not in the cluster";
    return `MachineID names another machine, ${shortID(subject)}${away}`;
  },
  fix({ subject }, _unit, { snapshot }) {
    if (snapshot.machines.has(subject)) return "take MachineID out of the unit file";
    return `bring machine ${shortID(subject)} back, or take MachineID out of the unit file`;
  },
};
