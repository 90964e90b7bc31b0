import { type ClusterSnapshot, type MachineID, shortMachineID } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { Filter } from "./filter.ts";

/** MachineID: that machine alone, by its whole ID. */
export const machineIDFilter: Filter = {
  name: "MachineID",
  check({ requirements: { machineID } }, { machine }) {
    if (machineID === undefined || machine.id === machineID) return undefined;
    return { subject: machineID };
  },
  explain({ subject }, _unit, { snapshot }) {
    if (snapshot.machines.has(subject)) return `MachineID names another machine, ${shortMachineID(subject)}`;
    const meant = machinesMeantBy(subject, snapshot);
    if (meant.length === 0)
      return `MachineID names another machine, ${shortMachineID(subject)}, which is not in the cluster`;
    const whole = meant.length === 1 ? "the machine" : "machines";
    return `MachineID=${subject} is not the whole ID of ${whole} ${listed(meant, "or")}`;
  },
  fix({ subject }, _unit, { snapshot }) {
    if (snapshot.machines.has(subject)) return "take MachineID out of the unit file";
    const [meant] = machinesMeantBy(subject, snapshot);
    if (meant !== undefined) return `write MachineID=${meant} into the unit file`;
    return `bring machine ${shortMachineID(subject)} back, or take MachineID out of the unit file`;
  },
};

/**
 * The machines whose ID is meant by one that was copied from a listing, which shows its beginning as `113f16a7...`, or
 * written as a UUID. They are named and not taken: a machine that joins later could begin alike.
 */
function machinesMeantBy(written: string, { machines }: ClusterSnapshot): readonly MachineID[] {
  const beginning = written
    .replace(/\.\.\..*$/, "")
    .replaceAll("-", "")
    .toLowerCase();
  if (beginning === "") return [];
  return Array.from(machines.keys())
    .filter((id) => id.startsWith(beginning))
    .toSorted();
}
