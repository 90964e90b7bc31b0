import type { MachineID, Unit } from "@flotilla/model";
import type { Plan } from "../incremental/plan.ts";
import { firstRejection } from "../placement/check.ts";
import { namedBy } from "../placement/choose.ts";
import type { Placement } from "../placement/placement.ts";
import { RejectionTally } from "../placement/refusal.ts";
import type { Slot } from "../placement/slot.ts";
import type { Verdict } from "../rules/rule.ts";
import type { Score } from "../rules/wish.ts";
import { scoreTexts } from "./score-texts.ts";

/** What the scheduler thinks of each present machine for one unit. */
export interface Weighing {
  /** The machines that can take the unit or have it, the best first. */
  readonly passing: readonly WeighedMachine[];
  /** The other machines by reason, the most frequent reason first. */
  readonly rejected: readonly RejectedMachines[];
}

/** A machine that can take the unit. */
export interface WeighedMachine {
  readonly machineID: MachineID;
  /** Whether the unit is there, or is about to come. */
  readonly isPlace: boolean;
  /** By each wish, the most important first: the lower, the better. The unit itself does not count. */
  readonly scores: readonly Score[];
  /** The scores for people, such as "zone=b with 1 other instance of web@.service". */
  readonly texts: readonly string[];
}

/** Machines that one rule rejects for the same subject. */
export interface RejectedMachines {
  /** The rule's name: an option of the unit file, or `TriggeredBy` or `MaxUnits`. */
  readonly rule: string;
  readonly machines: readonly MachineID[];
  /** A clause that follows "3 machines: ". */
  readonly reason: string;
  /** The smallest change that a person can make, as an imperative clause. */
  readonly fix: string;
}

/**
 * Weighs all machines for a unit, as if the unit had no place. Undefined for a unit that the cluster does not know, or that
 * is inactive.
 */
export function weighMachines(name: string, { placement }: Plan): Weighing | undefined {
  const unit = placement.wanted.get(name);
  if (!unit) return undefined;
  const passing: Weighed[] = [];
  const rejected = new Map<string, { readonly tally: RejectionTally; readonly machines: MachineID[] }>();
  const named = namedBy(unit, placement);
  const [own] = unit.requirements.global ? [] : placement.placesOf(name);
  for (const slot of placement.slots.ordered) {
    if (!slot.open) continue;
    const isPlace = placement.has(name, slot);
    const verdict = isPlace ? undefined : verdictOn(unit, slot, named, placement);
    if (!verdict) {
      passing.push({ slot, isPlace, scores: placement.orders.scores(unit, slot, own) });
      continue;
    }
    const key = `${verdict.rule.name} ${verdict.rejection.subject}`;
    const group = rejected.get(key) ?? { tally: new RejectionTally(), machines: [] };
    rejected.set(key, group);
    group.tally.add(verdict, slot.machine);
    group.machines.push(slot.machine.id);
  }
  return {
    passing: passing.sort(byScores).map((weighed) => tell(weighed, unit)),
    rejected: [...rejected.values()]
      .flatMap(({ tally, machines }) => tally.groups().map((group) => ({ group, machines })))
      .sort((a, b) => b.machines.length - a.machines.length)
      .map(({ group, machines }) => explainGroup(group, machines, unit, placement)),
  };
}

/** A text in MachineID= that names several machines names none of them, although each of them passes the rule. */
function verdictOn(
  unit: Unit,
  slot: Slot,
  named: ReturnType<typeof namedBy>,
  placement: Placement,
): Verdict | undefined {
  if (named === undefined || named.machineID === slot.machine.id)
    return firstRejection(placement.rules.all, unit, slot, placement);
  return { rule: named.rule, rejection: { subject: named.machineID } };
}

interface Weighed {
  readonly slot: Slot;
  readonly isPlace: boolean;
  readonly scores: readonly Score[];
}

function tell({ slot, isPlace, scores }: Weighed, unit: Unit): WeighedMachine {
  return { machineID: slot.machine.id, isPlace, scores, texts: scoreTexts(scores, unit) };
}

function explainGroup(
  group: ReturnType<RejectionTally["groups"]>[number],
  machines: readonly MachineID[],
  unit: Unit,
  placement: Placement,
): RejectedMachines {
  const rule = placement.rules.named(group.rule);
  return {
    rule: group.rule,
    machines,
    reason: rule.explain(group, unit, placement),
    fix: rule.fix(group, unit, placement),
  };
}

/** The order in which the scheduler would take the machines. */
function byScores(a: Weighed, b: Weighed): number {
  for (const [index, { score }] of a.scores.entries()) {
    const other = b.scores[index]?.score;
    if (other !== undefined && score !== other) return score < other ? -1 : 1;
  }
  return a.slot.number - b.slot.number;
}
