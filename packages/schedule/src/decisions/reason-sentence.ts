import type { MachineID, Unit } from "@flotilla/model";
import type { Choice } from "../placement/choice.ts";
import type { Placement } from "../placement/placement.ts";
import { RejectionTally } from "../placement/refusal.ts";
import { listed } from "../wording.ts";
import type { Verdict } from "../rules/rule.ts";
import type { Reason } from "./decision.ts";
import { scoreTexts } from "./score-texts.ts";

export function reasonOf({ rule, rejection }: Verdict): Extract<Reason, { code: "not-allowed" }> {
  return { code: "not-allowed", rule: rule.name, subject: rejection.subject };
}

/** Why a unit may not be on a machine, as a clause. */
export function explainVerdict(verdict: Verdict, unit: Unit, machineID: MachineID, placement: Placement): string {
  const machine = placement.snapshot.machines.get(machineID);
  if (!machine) return "the machine is away";
  const tally = new RejectionTally();
  tally.add(verdict, machine);
  return tally
    .groups()
    .map((group) => verdict.rule.explain(group, unit, placement))
    .join();
}

/** Why a unit goes to the chosen machine, as a clause. */
export function explainChoice(choice: Choice, unit: Unit): string {
  switch (choice.by) {
    case "least-loaded":
      return `of the machines that can take it this one has the fewest units (${choice.units})`;
    case "wishes":
      return `of the machines that can take it this one is best (${scoreTexts(choice.scores, unit).join(", ")})`;
    case "preempts":
      return `${listed(choice.units, "and")} made room for it`;
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
