import type { Machine, Unit } from "@flotilla/model";
import { TooMuchEffortError } from "./effort.ts";
import type { Filter, Rejection, RejectionGroup } from "./filter/filter.ts";
import { filterNamed, filters } from "./filter/filters.ts";
import type { Plan } from "./plan/plan.ts";
import { counted } from "./wording.ts";

/** Why no machine can take a unit: what each of them was rejected for, the most frequent first. */
export interface Refusal {
  readonly groups: readonly RejectionGroup[];
  /** Why none of them was looked at, in place of the groups. */
  readonly instead?: readonly string[];
}

/** Counts rejections, machine by machine or many at once. */
export class RejectionTally {
  readonly #groups = new Map<
    string,
    { filter: Filter; subject: string; count: number; found: Set<string>; example: Machine }
  >();

  add(filter: Filter, { subject, found }: Rejection, example: Machine, count = 1): void {
    const key = `${filter.name} ${subject}`;
    const group = this.#groups.get(key) ?? { filter, subject, count: 0, found: new Set(), example };
    group.count += count;
    if (found !== undefined) group.found.add(found);
    this.#groups.set(key, group);
  }

  groups(): RejectionGroup[] {
    return [...this.#groups.values()].map(({ filter, subject, count, found, example }) => ({
      filter: filter.name,
      subject,
      count,
      found: [...found].sort(),
      example,
    }));
  }
}

export function refusalOf(groups: readonly RejectionGroup[]): Refusal {
  return {
    groups: [...groups].sort((a, b) => b.count - a.count || order(a) - order(b) || (a.subject < b.subject ? -1 : 1)),
  };
}

/** The scheduler could not decide on the unit. */
export function refusalOnError(error: unknown): Refusal {
  const fault =
    error instanceof TooMuchEffortError
      ? `it is set aside: ${error.message}; write fewer and simpler globs in Conflicts= and Replaces=`
      : "it is set aside: the scheduler fails on it, as the leader's log says; please report it";
  return { groups: [], instead: [fault] };
}

/** One sentence a machine group, and last the fix that is nearest. */
export function sentencesOf({ groups, instead }: Refusal, unit: Unit, plan: Plan): string[] {
  if (instead) return [...instead];
  const nearest = nearestOf(groups);
  if (!nearest) return ["no machine is in the cluster"];
  const lines = groups.map(
    (group) => `${counted(group.count, "machine")}: ${filterNamed(group.filter).explain(group, unit, plan)}`,
  );
  return [...lines, `the nearest fix: ${filterNamed(nearest.filter).fix(nearest, unit, plan)}`];
}

/** Filters are tried in order, so machines rejected by a later one have passed those before it. */
function nearestOf(groups: readonly RejectionGroup[]): RejectionGroup | undefined {
  return groups.reduce<RejectionGroup | undefined>(
    (best, group) => (best && order(best) >= order(group) ? best : group),
    undefined,
  );
}

function order(group: RejectionGroup): number {
  return filters.findIndex(({ name }) => name === group.filter);
}
