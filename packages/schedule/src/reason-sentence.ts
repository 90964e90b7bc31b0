import type { MachineID, Unit } from "@flotilla/model";
import type { Choice } from "./decision.ts";
import type { FilterVerdict } from "./filter/filter.ts";
import type { Plan } from "./plan/plan.ts";
import { RejectionTally } from "./refusal.ts";

/** Why a unit may not be on a machine, as a clause. */
export function explainVerdict(
  { filter, rejection }: FilterVerdict,
  unit: Unit,
  machineID: MachineID,
  plan: Plan,
): string {
  const machine = plan.snapshot.machines.get(machineID);
  if (!machine) return "the machine is away";
  const tally = new RejectionTally();
  tally.add(filter, rejection, machine);
  return tally
    .groups()
    .map((group) => filter.explain(group, unit, plan))
    .join();
}

/** Why a unit goes to the machine that was chosen, as a clause. */
export function explainChoice(choice: Choice): string {
  switch (choice.by) {
    case "least-loaded":
      return `of the machines that can take it this one has the fewest units (${choice.units})`;
    case "copy-running":
      return "its copy still runs there";
    case "replaces":
      return `it takes the place of ${choice.unit}`;
    case "global":
      return "it is global";
    default:
      return choice satisfies never;
  }
}
