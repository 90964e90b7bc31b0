import type { Unit } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { BitSet } from "./bit-set.ts";
import type { Verdict } from "../rules/rule.ts";
import { firstRejection } from "./check.ts";
import type { Placement } from "./placement.ts";
import { type Refusal, refusalOf, RejectionTally } from "./refusal.ts";
import type { Slot } from "./slot.ts";

/** The best machine that passes all rules, or why none does. */
export function* choose(unit: Unit, placement: Placement): Steps<Slot | Refusal> {
  const verdicts = new Map<Slot, Verdict>();
  let next = candidates(unit, placement);
  let full = 0;
  for (let slot = next(); slot; slot = next()) {
    const verdict = firstRejection(placement.rules.beyondClass, unit, slot, placement);
    if (!verdict) return slot;
    verdicts.set(slot, verdict);
    if (isFull(verdict) && ++full === FEW) next = candidates(unit, placement, withRoom(unit, placement));
    placement.effort.spend(1);
    if (placement.effort.isStepOver()) yield;
  }
  return yield* refuse(unit, placement, verdicts);
}

/**
 * Returns another machine for a unit that keeps failing where it is: the best machine on which the unit has not
 * failed, else the machine on which it failed longest ago.
 * @param tried machines on which the unit has failed, the latest last.
 */
export function* chooseOther(
  unit: Unit,
  here: Slot,
  tried: readonly Slot[],
  placement: Placement,
): Steps<Slot | undefined> {
  const { rules, effort } = placement;
  const next = candidates(unit, placement);
  for (let slot = next(); slot; slot = next()) {
    if (!tried.includes(slot) && !firstRejection(rules.beyondClass, unit, slot, placement)) return slot;
    effort.spend(1);
    if (effort.isStepOver()) yield;
  }
  const longestAgo = [...new Set(tried.toReversed())].toReversed();
  return longestAgo.find((slot) => slot !== here && !firstRejection(rules.all, unit, slot, placement));
}

/**
 * Returns the best machine of the unit's class that the caller accepts.
 * @param accepts checks all rules; it may put units into slots, but takes them off again.
 */
export function* chooseWhere(
  unit: Unit,
  placement: Placement,
  accepts: (slot: Slot) => boolean,
): Steps<Slot | undefined> {
  const { effort } = placement;
  const next = placement.bestFirst(unit, placement.classes.of(unit).eligible);
  const slots: Slot[] = [];
  for (let slot = next(); slot; slot = next()) slots.push(slot);
  effort.spend(slots.length);
  for (const slot of slots) {
    if (accepts(slot)) return slot;
    effort.spend(1);
    if (effort.isStepOver()) yield;
  }
  return undefined;
}

/** After this many full machines, only machines with room for the unit are examined. */
const FEW = 4;

function isFull({ rule: { kind } }: Verdict): boolean {
  return kind === "capacity" || kind === "crowd";
}

/** The machines that are not full for the unit, by the rules that cost the least to ask. */
function withRoom(unit: Unit, { rooms, rules, groups }: Placement): BitSet {
  let machines = rooms.for(unit);
  for (const rule of rules.crowd) {
    const most = rule.most(unit);
    if (most !== undefined) machines = groups.below(most, unit, machines);
  }
  return machines;
}

/**
 * The machines of the unit's class that the unit is bound to, or all of the class; the best first.
 * @param room the machines to consider; all by default.
 */
function candidates(unit: Unit, placement: Placement, room?: BitSet): () => Slot | undefined {
  const own = placement.classes.of(unit).eligible;
  const eligible = room ? BitSet.intersection(own, room) : own;
  const bound = boundTo(unit, placement);
  if (!bound) return placement.bestFirst(unit, eligible);
  const left = bound.filter(({ number }) => eligible.has(number));
  if (left.length < 2) return () => left.pop();
  const narrowed = new BitSet(placement.slots.ordered.length);
  for (const { number } of left) narrowed.add(number);
  return placement.bestFirst(unit, narrowed);
}

/**
 * The machine that the unit names, else the machines of its first anchor. There is nearly always only one, so that
 * thousands of such units need not try thousands of machines. Undefined if the unit is not bound to machines.
 */
function boundTo(unit: Unit, placement: Placement): readonly Slot[] | undefined {
  const named = namedBy(unit, placement);
  if (named) return [placement.slotOf(named.machineID) ?? []].flat();
  const [first] = placement.links.anchorsOf(unit.name);
  return first && placement.placesOf(first.anchor);
}

/** The rule that names the unit's machine, with the ID that the machine must have; undefined without such a rule. */
export function namedBy(unit: Unit, { rules, snapshot, effort, slots }: Placement) {
  for (const rule of rules.naming) {
    if (rule.asks(unit) === undefined) continue;
    effort.spend(slots.size / 4);
    const machineID = rule.names?.(unit, snapshot);
    if (machineID !== undefined) return { rule, machineID };
  }
  return undefined;
}

/**
 * Why no machine can take a unit.
 * @param verdicts known verdicts on machines of the unit's class.
 */
export function* refuse(
  unit: Unit,
  placement: Placement,
  verdicts: ReadonlyMap<Slot, Verdict> = new Map(),
): Steps<Refusal> {
  const { rules } = placement;
  const named = namedBy(unit, placement);
  if (named) return refuseElsewhere(unit, named, placement);
  const own = placement.classes.of(unit);
  const { eligible, size } = own;
  const rejected = own.rejected();
  const [first, ...more] = placement.links.anchorsOf(unit.name);
  const tally = new RejectionTally();
  if (!first || more.length > 0) {
    for (const slot of placement.slots.ordered) {
      if (!eligible.has(slot.number)) continue;
      addVerdict(unit, slot, placement, tally, verdicts.get(slot));
      placement.effort.spend(1);
      if (placement.effort.isStepOver()) yield;
    }
    return refusalOf([...rejected, ...tally.groups()], rules);
  }
  // All machines without the only anchor are rejected for the same subject.
  const there = placement.placesOf(first.anchor).filter(({ number }) => eligible.has(number));
  for (const slot of there) addVerdict(unit, slot, placement, tally);
  const elsewhere = placement.slots.ordered.find(
    (slot) => eligible.has(slot.number) && !placement.has(first.anchor, slot),
  );
  const verdict = { rule: first.rule, rejection: { subject: first.anchor } };
  if (elsewhere) tally.add(verdict, elsewhere.machine, size - there.length);
  return refusalOf([...rejected, ...tally.groups()], rules);
}

/** Rejects all machines except the named one for the same subject. */
function refuseElsewhere(
  unit: Unit,
  { rule, machineID }: NonNullable<ReturnType<typeof namedBy>>,
  placement: Placement,
): Refusal {
  const { slots, rules } = placement;
  const tally = new RejectionTally();
  const own = placement.slotOf(machineID);
  const other = slots.ordered.find((slot) => slot.open && slot !== own);
  if (other) tally.add({ rule, rejection: { subject: machineID } }, other.machine, slots.size - (own ? 1 : 0));
  if (own) addVerdict(unit, own, placement, tally);
  return refusalOf(tally.groups(), rules);
}

function addVerdict(unit: Unit, slot: Slot, placement: Placement, tally: RejectionTally, known?: Verdict): void {
  const verdict = known ?? firstRejection(placement.rules.all, unit, slot, placement);
  if (verdict) tally.add(verdict, slot.machine);
}
