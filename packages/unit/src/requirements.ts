import type { MetadataExpression } from "./metadata/expression.ts";
import type { Reservations } from "./reservations/reservations-of.ts";

/** Whether a unit goes to the machine that has most left, or fills one machine before the next. */
export type Strategy = "spread" | "pack";

/** A wish of Prefers=: a machine that meets all expressions is better by the weight. */
export interface Preference {
  /** From 1 to 100. */
  readonly weight: number;
  readonly expressions: readonly MetadataExpression[];
}

/** How many instances of a template must be up while others move. */
export interface MinAvailable {
  readonly least: number;
  readonly of: "instances" | "percent";
}

/** The requirements of a unit on its machine: the [X-Fleet] section, with specifiers expanded. */
export interface Requirements extends Reservations {
  /** The only machine that may run the unit. */
  readonly machineID?: string;
  /** Units that the unit follows: all of them must be assigned to its machine. */
  readonly machineOf: readonly string[];
  /** A machine must meet every expression. Pairs `key=value` with the same key are one expression. */
  readonly metadata: readonly MetadataExpression[];
  /** Globs of units that must not share the machine. */
  readonly conflicts: readonly string[];
  /** Globs of units whose place the unit takes. */
  readonly replaces: readonly string[];
  /** True to run on every machine that `metadata` and `conflicts` allow. */
  readonly global: boolean;
  /** Undefined for the cluster's strategy. */
  readonly strategy?: Strategy;
  /** Wishes for machines, in the order of the file. */
  readonly prefers: readonly Preference[];
  /** Globs of units with which the unit shares a machine only if no other machine can take it. */
  readonly avoids: readonly string[];
  /** Metadata keys over whose values the instances of the template are spread evenly; `machine` for the machines. */
  readonly spreadBy: readonly string[];
  /** The most instances of the template on one machine. */
  readonly maxPerMachine?: number;
  /** Units with a higher priority are placed first; 0 by default. */
  readonly priority: number;
  /** True to evict units with a lower priority if no machine can take the unit otherwise. */
  readonly preempts: boolean;
  /** True to keep the machine for good: the unit has data there. */
  readonly neverMoves: boolean;
  /** Programs that ExecStart= names and that only some hosts have, each once: `docker`, `podman`. */
  readonly programs: readonly string[];
  /** How many instances of the unit's template must be up while this one moves; without it, any number. */
  readonly minAvailable?: MinAvailable;
  /** True to move to another machine when systemd has given the unit up. */
  readonly moveOnFailure: boolean;
  /** The secrets of the cluster that the unit names, each once. */
  readonly secrets: readonly string[];
  /** True to never be active on two machines at one time. */
  readonly exclusive: boolean;
}
