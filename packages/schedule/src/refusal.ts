import { counted } from "@flotilla/unit";
import type { Machine, Unit } from "@flotilla/model";
import { TooMuchEffortError } from "./effort.ts";
import type { Filter, Rejection, RejectionGroup } from "./filter/filter.ts";
import { filterNamed, filters } from "./filter/filters.ts";
import type { Plan } from "./plan/plan.ts";
import { MOST_LISTED } from "./wording.ts";

const orders = new Map(filters.map(({ name }, index) => [name, index]));

/** Among a thousand machines there may be as many reasons, and as many units that are told them. */
const MOST_GROUPS = 16;

/** Why no machine can take a unit: what each of them was rejected for, the most frequent first. */
export interface Refusal {
  /** The most frequent ones, and one with the nearest fix. */
  readonly groups: readonly RejectionGroup[];
  /** Machines that were rejected for other reasons. */
  readonly others: number;
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
    if (found !== undefined && group.found.size < MOST_LISTED) group.found.add(found);
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
  const sorted = [...groups].sort(
    (a, b) => b.count - a.count || order(a) - order(b) || (a.subject < b.subject ? -1 : 1),
  );
  const nearest = nearestOf(sorted);
  const told = sorted.slice(0, MOST_GROUPS);
  if (nearest && !told.includes(nearest)) told[MOST_GROUPS - 1] = nearest;
  return { groups: told, others: countOf(sorted) - countOf(told) };
}

/** The scheduler could not decide on the unit. */
export function refusalOnError(error: unknown): Refusal {
  const fault =
    error instanceof TooMuchEffortError
      ? `it is set aside: ${error.message}; write fewer and simpler globs in Conflicts= and Replaces=`
      : "it is set aside: the scheduler fails on it, as the leader's log says; please report it";
  return { groups: [], others: 0, instead: [fault] };
}

/** One sentence a machine group, and last the fix that is nearest. */
export function sentencesOf({ groups, others, instead }: Refusal, unit: Unit, plan: Plan): string[] {
  if (instead) return [...instead];
  const nearest = nearestOf(groups);
  if (!nearest) return ["no machine is in the cluster"];
  const lines = groups.map(
    (group) => `${counted(group.count, "machine")}: ${filterNamed(group.filter).explain(group, unit, plan)}`,
  );
  if (others > 0) lines.push(`${counted(others, "machine")}: other reasons`);
  return [...lines, `the nearest fix: ${filterNamed(nearest.filter).fix(nearest, unit, plan)}`];
}

/** Filters are tried in order, so machines rejected by a later one have passed those before it. */
function nearestOf(groups: readonly RejectionGroup[]): RejectionGroup | undefined {
  return groups.reduce<RejectionGroup | undefined>(
    (best, group) => (best && order(best) >= order(group) ? best : group),
    undefined,
  );
}

function countOf(groups: readonly RejectionGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function order(group: RejectionGroup): number {
  return orders.get(group.filter) ?? -1;
}
