import type { ClusterSnapshot, Machine, MachineID, Unit } from "@flotilla/model";
import type { UnitOption } from "@flotilla/unit";
import type { View } from "./view.ts";

/**
 * A placement rule: a requirement that a machine must meet to get a unit. Each rule is declared whole in one file. From
 * the declaration, `placement/` and `incremental/` derive the candidate machines, the effects of a change, the times of
 * a retry and the reasons for people. Each kind of rule examines one thing.
 */
export type Rule = MachineRule | TogetherRule | ApartRule | CrowdRule | ReplacingRule | CapacityRule | PriorityRule;

interface Named {
  /** The option of the unit file, or the property of systemd, that the rule stands for. */
  readonly name: string;
  /** The option as people write it: the property tests build their units from these. */
  readonly examples: readonly UnitOption[];
  /** The rule applies when the unit is placed, but does not make the unit leave a machine that it already has. */
  readonly onlyOnArrival?: true;
  /** What is wrong with the rejected machines: a clause that follows "3 machines: ". */
  explain(group: RejectionGroup, unit: Unit, view: View): string;
  /** The smallest change that a person can make, as an imperative clause. */
  fix(group: RejectionGroup, unit: Unit, view: View): string;
}

/** Looks at the machine alone. A rejected unit is tried again when a machine joins, leaves or changes. */
export interface MachineRule extends Named {
  readonly kind: "machine";
  /**
   * What the unit asks of a machine, as text; undefined for nothing. Units with the same text share one machine class.
   */
  asks(unit: Unit): string | undefined;
  /** The one machine that can pass, for a rule that names a machine. Such a rule forms no machine class. */
  names?(unit: Unit, snapshot: ClusterSnapshot): MachineID | undefined;
  /** Pieces of effort that a check takes; 1 by default. */
  effort?(unit: Unit): number;
  /** Undefined when the machine passes. */
  check(unit: Unit, machine: Machine): Rejection | undefined;
}

/**
 * Binds a unit, the follower, to the machine of another, its anchor. The follower is placed after the anchor, leaves
 * with the anchor, and is tried again when the anchor is placed.
 */
export interface TogetherRule extends Named {
  readonly kind: "together";
  /** An implied link is dropped where it would close a cycle; declared links in a cycle keep their units unplaced. */
  readonly implied: boolean;
  /**
   * The names that the unit's file mentions, known to the cluster or not. The unit's links change when such a unit
   * changes.
   */
  mentions(unit: Unit): readonly string[];
  /** The links that follow from the unit's file; `units` are all units of the cluster, by name. */
  links(unit: Unit, units: ReadonlyMap<string, Unit>, view: Pick<View, "patterns">): readonly Link[];
}

/** Keeps two units off the same machine. A rejected unit is tried again when the other comes, leaves or changes. */
export interface ApartRule extends Named {
  readonly kind: "apart";
  /** Whether the unit's file asks for such a separation at all. */
  asks(unit: Unit): boolean;
  /** Whether the two units may not share a machine, whichever file says so. */
  clashes(unit: Unit, other: Unit, view: View): boolean;
}

/**
 * Limits how many units of a group are on one machine (see `groupOf`). A rejected unit is tried again when a unit of the
 * group leaves.
 */
export interface CrowdRule extends Named {
  readonly kind: "crowd";
  /** The most units of the unit's group on its machine; undefined for any number. */
  most(unit: Unit): number | undefined;
}

/** Lets a unit take the place of others: they leave when the unit comes, and may not be on the unit's machine. */
export interface ReplacingRule extends Named {
  readonly kind: "replacing";
  /** Names and globs of the units whose place the unit takes. */
  replaces(unit: Unit): readonly string[];
}

/**
 * Shares a machine's capacity among its units. A rejected unit is tried again when a unit that consumes capacity
 * leaves. A unit that is placed stays when the machine's capacity shrinks. When the unit's file has changed, the unit
 * stays only if what it consumes now still fits, unless the rule applies only on arrival.
 */
export interface CapacityRule extends Named {
  readonly kind: "capacity";
  /** What the unit consumes, in the rule's own measure: a whole number, 0 for nothing. */
  consumes(unit: Unit): number;
  /**
   * An amount that is as large a part of a usual machine as the scales of the other rules are; for a rule by which units
   * differ in size.
   */
  readonly scale?: number;
  /** Every unit consumes 1, so that nothing need be kept but the units. */
  readonly countsUnits?: true;
  /** What the machine has, in the same measure; infinite where nothing is limited. */
  capacity(machine: Machine): number;
  /** The rejection by a machine that has only `free` left. */
  reject(unit: Unit, free: number): Rejection;
}

/**
 * Ranks units. A rule of this kind rejects no machine: units with a higher rank are placed first, and some of them evict
 * others whose rank is lower, if no machine has capacity otherwise.
 */
export interface PriorityRule extends Named {
  readonly kind: "priority";
  /** The higher, the more important; 0 by default. */
  rank(unit: Unit): number;
  preempts(unit: Unit): boolean;
  /** Whether the unit is never evicted, whatever its rank. */
  spares(unit: Unit): boolean;
}

/** A unit that must be on the machine of another. */
export interface Link {
  readonly follower: string;
  readonly anchor: string;
}

export interface Rejection {
  /** What the machine lacks, or what conflicts with the unit. Rejections for the same subject are reported together. */
  readonly subject: string;
  /** The value that the machine has instead of the subject. */
  readonly found?: string;
}

/** The first rule that rejects a machine for a unit. */
export interface Verdict {
  readonly rule: Rule;
  readonly rejection: Rejection;
}

/** The machines that one rule rejected for the same subject. */
export interface RejectionGroup {
  /** The rule's name. */
  readonly rule: string;
  readonly subject: string;
  readonly count: number;
  /** The values that they have instead of the subject, each once, sorted; at most `MOST_LISTED`. */
  readonly found: readonly string[];
  /** One of the machines. */
  readonly example: Machine;
}
