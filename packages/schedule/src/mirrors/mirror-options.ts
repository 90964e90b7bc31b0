import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { Dependencies, UnitOption } from "@flotilla/unit";

/** What systemd on the machine would read in the unit's own file about units of the machine. */
export function optionsFor(
  machineID: MachineID,
  name: string,
  { assignmentsOn }: ClusterSnapshot,
  graph: Dependencies,
): readonly UnitOption[] {
  const here = assignmentsOn.get(machineID);
  const declared = graph.on(name).filter(({ declaredBy, unit }) => declaredBy === name && here?.has(unit) === true);
  return declared.flatMap(({ option, unit }): UnitOption[] => {
    const [spelling = ""] = option.split("=");
    const section = SECTIONS.get(spelling);
    return section === undefined ? [] : [{ section, name: spelling, value: unit }];
  });
}

const SECTIONS: ReadonlyMap<string, string> = new Map([
  ["Before", "Unit"],
  ["PropagatesStopTo", "Unit"],
  ["RequiredBy", "Install"],
  ["WantedBy", "Install"],
]);
