import { counted } from "@flotilla/unit";
import type { Machine, Unit } from "@flotilla/model";
import { TooMuchEffortError } from "../effort.ts";
import type { RejectionGroup, Rule, Verdict } from "../rules/rule.ts";
import type { View } from "../rules/view.ts";
import { MOST_LISTED } from "../wording.ts";
import type { RuleSet } from "./rule-set.ts";

/** The limit on groups: a thousand machines may have as many reasons, and many units may be refused for all of them. */
const MOST_GROUPS = 16;

/** Why no machine can take a unit: the subjects for which machines were rejected, the most frequent first. */
export interface Refusal {
  /** The most frequent groups, and one with the nearest fix. */
  readonly groups: readonly RejectionGroup[];
  /** Machines that were rejected for other reasons. */
  readonly others: number;
  /** All rules that rejected a machine, by name. */
  readonly rules: ReadonlySet<string>;
  /** Why no machine was checked, instead of the groups. */
  readonly instead?: readonly string[];
}

/** Counts rejections, one machine or many at a time. */
export class RejectionTally {
  readonly #groups = new Map<
    string,
    { rule: Rule; subject: string; count: number; found: Set<string>; example: Machine }
  >();

  add({ rule, rejection: { subject, found } }: Verdict, example: Machine, count = 1): void {
    const key = `${rule.name} ${subject}`;
    const group = this.#groups.get(key) ?? { rule, subject, count: 0, found: new Set(), example };
    group.count += count;
    if (found !== undefined && group.found.size < MOST_LISTED) group.found.add(found);
    this.#groups.set(key, group);
  }

  groups(): RejectionGroup[] {
    return [...this.#groups.values()].map(({ rule, subject, count, found, example }) => ({
      rule: rule.name,
      subject,
      count,
      found: [...found].sort(),
      example,
    }));
  }
}

export function refusalOf(groups: readonly RejectionGroup[], rules: RuleSet): Refusal {
  const sorted = [...groups].sort(
    (a, b) => b.count - a.count || rules.orderOf(a.rule) - rules.orderOf(b.rule) || (a.subject < b.subject ? -1 : 1),
  );
  const nearest = nearestOf(sorted, rules);
  const told = sorted.slice(0, MOST_GROUPS);
  if (nearest && !told.includes(nearest)) told[MOST_GROUPS - 1] = nearest;
  return {
    groups: told,
    others: machinesIn(sorted) - machinesIn(told),
    rules: new Set(sorted.map(({ rule }) => rule)),
  };
}

/** The refusal of a unit for which no machine was checked. */
export function refusalInstead(instead: readonly string[]): Refusal {
  return { groups: [], others: 0, rules: new Set(), instead };
}

/** The refusal of a unit that the scheduler could not decide on. */
export function refusalOnError(error: unknown): Refusal {
  const fault =
    error instanceof TooMuchEffortError
      ? `it is set aside: ${error.message}; write fewer and simpler globs in Conflicts= and Replaces=`
      : "it is set aside: internal error of the scheduler, with its stack in the leader's log (please report it)";
  return refusalInstead([fault]);
}

/** One sentence for each group of machines, and last the nearest fix. */
export function sentencesOf(
  { groups, others, instead }: Refusal,
  unit: Unit,
  view: View & { readonly rules: RuleSet },
): string[] {
  if (instead) return [...instead];
  const { rules } = view;
  const nearest = nearestOf(groups, rules);
  if (!nearest) return ["no machine is in the cluster"];
  const lines = groups.map(
    (group) => `${counted(group.count, "machine")}: ${rules.named(group.rule).explain(group, unit, view)}`,
  );
  if (others > 0) lines.push(`${counted(others, "machine")}: other reasons`);
  return [...lines, `the nearest fix: ${rules.named(nearest.rule).fix(nearest, unit, view)}`];
}

/** The rules are checked in order, so a machine that a later rule rejected has passed the rules before it. */
function nearestOf(groups: readonly RejectionGroup[], rules: RuleSet): RejectionGroup | undefined {
  return groups.reduce<RejectionGroup | undefined>(
    (best, group) => (best && rules.orderOf(best.rule) >= rules.orderOf(group.rule) ? best : group),
    undefined,
  );
}

function machinesIn(groups: readonly RejectionGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
