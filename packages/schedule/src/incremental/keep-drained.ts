import type { Slot } from "../placement/slot.ts";
import { cordonRule, drainRejection } from "../rules/cordon.ts";
import type { Verdict } from "../rules/rule.ts";
import type { Plan } from "./plan.ts";

/** Why units must leave a machine that is drained, whether or not there is another machine for them. */
export interface DrainVerdicts {
  readonly onUnit?: Verdict;
  readonly onGlobal?: Verdict;
}

const NONE: DrainVerdicts = {};

/**
 * Once the deadline of a drain has passed, nothing stays. Global units leave last, when nothing else is left: they serve
 * the others. The result depends only on the machine and its assignments.
 */
export function drainVerdicts({ machine }: Slot, { placement, moment }: Plan): DrainVerdicts {
  if (!machine.drain) return NONE;
  const { assignmentsOn } = placement.snapshot;
  const isEmpty = [...(assignmentsOn.get(machine.id)?.keys() ?? [])].every((name) => placement.global.has(name));
  const verdict = (subject: "deadline" | "last"): Verdict => ({
    rule: cordonRule,
    rejection: drainRejection(machine, subject),
  });
  return {
    ...(moment.overdue.has(machine.id) && { onUnit: verdict("deadline") }),
    ...(isEmpty && { onGlobal: verdict("last") }),
  };
}
