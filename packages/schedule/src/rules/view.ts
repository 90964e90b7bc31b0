import type { ClusterSnapshot, Machine, Unit } from "@flotilla/model";

/** What a rule may read beside the unit and the machine: where units are, and how they are linked. */
export interface View {
  readonly snapshot: ClusterSnapshot;
  readonly patterns: PatternsView;
  readonly links: LinksView;
  /** Whether the unit has its place in the slot. */
  has(unit: string, slot: SlotView): boolean;
  isPlaced(unit: string): boolean;
  /** In the order of the machines' IDs. */
  placesOf(unit: string): readonly SlotView[];
}

/** A machine and the units that are planned to be there. */
export interface SlotView {
  readonly machine: Machine;
  readonly units: ReadonlySet<Unit>;
}

/** Names and globs, matched against unit names. */
export interface PatternsView {
  matches(pattern: string, name: string): boolean;
  anyMatches(patterns: readonly string[], name: string): boolean;
}

export interface LinksView {
  /** The path from a unit along declared links back to itself, both ends included; undefined if there is none. */
  cycleOf(unit: string): readonly string[] | undefined;
  /** The units whose place the unit takes. */
  replacedBy(unit: string): ReadonlySet<string>;
  /** The units that take the unit's place. */
  replacersOf(unit: string): ReadonlySet<string>;
}
