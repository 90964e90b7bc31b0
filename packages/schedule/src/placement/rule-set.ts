import type { Unit } from "@flotilla/model";
import { cordonRule } from "../rules/cordon.ts";
import type {
  ApartRule,
  CapacityRule,
  CrowdRule,
  MachineRule,
  PriorityRule,
  ReplacingRule,
  Rule,
  TogetherRule,
} from "../rules/rule.ts";

interface LinksOf {
  anchorsOf(name: string): readonly unknown[];
}

/** The rules by which other units on a machine may keep a unit away. */
export type BlockingRule = ApartRule | CrowdRule | CapacityRule;

/** The placement rules of one scheduler, grouped by what each examines. */
export class RuleSet {
  readonly all: readonly Rule[];
  /** Rules that look at the machine alone. */
  readonly ofMachine: readonly MachineRule[];
  /** The rules of `ofMachine` that separate machines into classes. */
  readonly separating: readonly MachineRule[];
  /** The rules of `ofMachine` that name one machine. */
  readonly naming: readonly MachineRule[];
  /** All rules except `separating`: a machine of the right class may still fail one of these. */
  readonly beyondClass: readonly Rule[];
  /** All rules except the one about cordons. */
  readonly besideCordon: readonly Rule[];
  readonly together: readonly TogetherRule[];
  readonly apart: readonly ApartRule[];
  readonly replacing: readonly ReplacingRule[];
  readonly capacity: readonly CapacityRule[];
  /** The rules of `capacity` for which a slot keeps a sum. */
  readonly measured: readonly CapacityRule[];
  readonly crowd: readonly CrowdRule[];
  readonly priority: readonly PriorityRule[];
  readonly #blocking: readonly BlockingRule[];
  readonly #byName: ReadonlyMap<string, { readonly rule: Rule; readonly order: number }>;

  /** @param all the rules, in the order in which they are checked. */
  constructor(all: readonly Rule[]) {
    this.all = all;
    this.ofMachine = all.filter((rule) => rule.kind === "machine");
    this.separating = this.ofMachine.filter((rule) => !namesMachines(rule));
    this.naming = this.ofMachine.filter(namesMachines);
    this.beyondClass = all.filter(
      (rule) => rule.kind !== "priority" && (rule.kind !== "machine" || namesMachines(rule)),
    );
    this.besideCordon = all.filter((rule) => rule !== cordonRule);
    this.together = all.filter((rule) => rule.kind === "together");
    this.apart = all.filter((rule) => rule.kind === "apart");
    this.replacing = all.filter((rule) => rule.kind === "replacing");
    this.capacity = all.filter((rule) => rule.kind === "capacity");
    this.measured = this.capacity.filter(({ countsUnits }) => !countsUnits);
    this.crowd = all.filter((rule) => rule.kind === "crowd");
    this.priority = all.filter((rule) => rule.kind === "priority");
    this.#blocking = all.filter((rule) => rule.kind === "apart" || rule.kind === "crowd" || rule.kind === "capacity");
    this.#byName = new Map(all.map((rule, order) => [rule.name, { rule, order }]));
  }

  /** @throws RangeError when no rule has the name. */
  named(name: string): Rule {
    const known = this.#byName.get(name);
    if (!known) throw new RangeError(`there is no placement rule ${name}`);
    return known.rule;
  }

  /** The rule's position in the order of checks; -1 when there is no such rule. */
  orderOf(name: string): number {
    return this.#byName.get(name)?.order ?? -1;
  }

  /**
   * The rules by which other units may change a refusal. A machine fails the first rule that rejects it, so only the
   * rules up to the last one that rejected a machine matter.
   * @param rejecting the rules that rejected a machine, by name.
   */
  blockingUpTo(rejecting: ReadonlySet<string>): readonly BlockingRule[] {
    // A unit that takes over a place skips the replacing rules, so a later rule may have rejected the place.
    if (this.replacing.some(({ name }) => rejecting.has(name))) return this.#blocking;
    const last = Math.max(-1, ...[...rejecting].map((name) => this.orderOf(name)));
    return this.#blocking.filter(({ name }) => this.orderOf(name) <= last);
  }

  /**
   * Whether the unit depends on which other units are on its machine. Units that do not depend on others may all stay
   * together, whatever their order.
   */
  dependsOnOthers(unit: Unit, links: LinksOf): boolean {
    return (
      links.anchorsOf(unit.name).length > 0 ||
      this.asksApart(unit) ||
      this.isLimited(unit) ||
      this.replacing.some((rule) => rule.replaces(unit).length > 0)
    );
  }

  /** Whether the unit names its machine, so that the unit cannot go to another. */
  namesMachine(unit: Unit): boolean {
    return this.naming.some((rule) => rule.asks(unit) !== undefined);
  }

  /** The unit's rank among units that wait for a place; the higher, the sooner. */
  rankOf(unit: Unit): number {
    let rank = 0;
    for (const rule of this.priority) rank += rule.rank(unit);
    return rank;
  }

  /** Whether a crowd rule limits how many units of its group are with the unit. */
  isLimited(unit: Unit): boolean {
    return this.crowd.some((rule) => rule.most(unit) !== undefined);
  }

  /** How much of a machine the unit takes, by all rules that measure it; 0 for nothing. */
  sizeOf(unit: Unit): number {
    let size = 0;
    for (const rule of this.capacity) if (rule.scale !== undefined) size += rule.consumes(unit) / rule.scale;
    return size;
  }

  /** Whether the unit may evict others. */
  preempts(unit: Unit): boolean {
    return this.priority.some((rule) => rule.preempts(unit));
  }

  /** Whether an apart rule makes the unit depend on co-located units. */
  asksApart(unit: Unit): boolean {
    return this.apart.some((rule) => rule.asks(unit));
  }
}

function namesMachines(rule: MachineRule): boolean {
  return rule.names !== undefined;
}
