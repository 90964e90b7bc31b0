import type { Unit } from "@flotilla/model";
import type { Effort } from "../effort.ts";
import { groupOf } from "../rules/group-of.ts";
import type { ApartRule, CapacityRule, CrowdRule, Rejection, Rule, TogetherRule, Verdict } from "../rules/rule.ts";
import type { View } from "../rules/view.ts";
import type { Links } from "./links/links.ts";
import type { Groups } from "./order/groups.ts";
import type { BlockingRule } from "./rule-set.ts";
import type { Slot } from "./slot.ts";

/** The part of the placement that checks read. */
interface Checked extends View {
  readonly links: Links;
  readonly effort: Effort;
  readonly groups: Groups;
}

/**
 * Why a unit would be in the slot: it arrives, it takes the place of the units that it replaces, or it is there
 * already.
 */
export type Occasion = "arrive" | "take-over" | "stay";

/** The first of the rules that rejects the machine for the unit; undefined when the machine passes all. */
export function firstRejection(
  rules: readonly Rule[],
  unit: Unit,
  slot: Slot,
  placement: Checked,
  occasion: Occasion = "arrive",
): Verdict | undefined {
  for (const rule of rules) {
    if (rule.onlyOnArrival && occasion === "stay") continue;
    const rejection = rejectionBy(rule, unit, slot, placement, occasion);
    if (rejection) return { rule, rejection };
  }
  return undefined;
}

/** Whether the rule's verdict on a machine for `unit` may change when `other` comes there, leaves or changes. */
export function dependsOn(rule: BlockingRule, unit: Unit, other: Unit, placement: Checked): boolean {
  if (rule.kind === "crowd") return groupOf(unit) !== undefined && groupOf(unit) === groupOf(other);
  if (rule.kind === "capacity") return rule.consumes(unit) > 0 && rule.consumes(other) > 0;
  return rule.clashes(unit, other, placement);
}

function rejectionBy(
  rule: Rule,
  unit: Unit,
  slot: Slot,
  placement: Checked,
  occasion: Occasion,
): Rejection | undefined {
  switch (rule.kind) {
    case "machine":
      return rule.check(unit, slot.machine);
    case "together":
      return missingAnchor(rule, unit, slot, placement);
    case "apart":
      return clashing(rule, unit, slot, placement);
    case "crowd":
      return crowding(rule, unit, slot, placement);
    case "replacing":
      return replacing(unit, slot, placement, occasion);
    case "capacity":
      return exceeding(rule, unit, slot, placement, occasion);
    case "priority":
      return undefined;
    default:
      return rule satisfies never;
  }
}

function missingAnchor(rule: TogetherRule, unit: Unit, slot: Slot, placement: Checked): Rejection | undefined {
  for (const { rule: linking, anchor } of placement.links.anchorsOf(unit.name))
    if (linking === rule && !placement.has(anchor, slot)) return { subject: anchor };
  return undefined;
}

/** The first clashing unit by name, so that the result does not depend on the order in which units came. */
function clashing(rule: ApartRule, unit: Unit, slot: Slot, placement: Checked): Rejection | undefined {
  const others = rule.asks(unit) ? slot.units : slot.asking;
  let first: string | undefined;
  for (const other of others) {
    if (first !== undefined && first < other.name) continue;
    if (rule.clashes(unit, other, placement)) first = other.name;
  }
  return first === undefined ? undefined : { subject: first };
}

/** The limit of the unit counts, and that of each unit of its group that is there. */
function crowding(rule: CrowdRule, unit: Unit, slot: Slot, placement: Checked): Rejection | undefined {
  const own = rule.most(unit);
  if (own === undefined && slot.limited.size === 0) return undefined;
  const there = placement.groups.countIn(unit, slot);
  if (there === 0) return undefined;
  let most = own ?? Number.POSITIVE_INFINITY;
  const group = groupOf(unit);
  placement.effort.spend(slot.limited.size);
  for (const other of slot.limited)
    if (other !== unit && groupOf(other) === group) most = Math.min(most, rule.most(other) ?? most);
  return there < most ? undefined : { subject: String(there) };
}

function replacing({ name }: Unit, slot: Slot, placement: Checked, occasion: Occasion): Rejection | undefined {
  const { links } = placement;
  const subject =
    firstThere(links.replacersOf(name), slot, placement) ??
    (occasion === "arrive" ? firstThere(links.replacedBy(name), slot, placement) : undefined);
  return subject === undefined ? undefined : { subject };
}

function exceeding(
  rule: CapacityRule,
  unit: Unit,
  slot: Slot,
  placement: Checked,
  occasion: Occasion,
): Rejection | undefined {
  // A unit that is there stays; see `leaveGrown`.
  if (occasion === "stay") return undefined;
  const needed = rule.consumes(unit);
  if (needed === 0) return undefined;
  let free = rule.capacity(slot.machine) - slot.consumed(rule);
  if (occasion === "take-over")
    for (const other of slot.units)
      if (placement.links.replacedBy(unit.name).has(other.name)) free += rule.consumes(other);
  return needed <= free ? undefined : rule.reject(unit, free);
}

/** The first by name of the units that have their place in the slot; undefined for none. */
function firstThere(names: ReadonlySet<string>, slot: Slot, placement: Checked): string | undefined {
  if (names.size === 0) return undefined;
  placement.effort.spend(Math.min(names.size, slot.units.size));
  let first: string | undefined;
  const note = (name: string): void => void (first = first === undefined || name < first ? name : first);
  if (names.size < slot.units.size) {
    for (const name of names) if (placement.has(name, slot)) note(name);
  } else for (const { name } of slot.units) if (names.has(name)) note(name);
  return first;
}
