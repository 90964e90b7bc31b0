import { type ClusterSnapshot, type MachineID, shortMachineID } from "@flotilla/model";
import { listed } from "../wording.ts";
import type { MachineRule } from "./rule.ts";

/** MachineID=: only the machine with this whole ID. */
export const machineIDRule: MachineRule = {
  kind: "machine",
  name: "MachineID",
  examples: [{ section: "X-Fleet", name: "MachineID", value: "m1" }],
  asks: ({ requirements }) => requirements.machineID,
  names: ({ requirements }) => requirements.machineID,
  check({ requirements: { machineID } }, machine) {
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
    if (snapshot.machines.has(subject)) return "remove MachineID from the unit file";
    const [meant] = machinesMeantBy(subject, snapshot);
    if (meant !== undefined) return `write MachineID=${meant} in the unit file`;
    return `bring machine ${shortMachineID(subject)} back, or remove MachineID from the unit file`;
  },
};

/**
 * The machines whose ID begins like the written one. The written ID may be copied from a listing that shows the
 * beginning as `113f16a7...`, or be a UUID. The rule suggests these machines but does not use them: a machine that
 * joins later may begin with the same digits.
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
