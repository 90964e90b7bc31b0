import type { Score } from "../rules/wish.ts";

/** Why a unit gets this machine rather than another. */
export type Choice =
  | { readonly by: "least-loaded"; readonly units: number }
  /** By all the unit's wishes. */
  | { readonly by: "wishes"; readonly scores: readonly Score[] }
  /** The units leave, because their priority is lower. */
  | { readonly by: "preempts"; readonly units: readonly string[] }
  | { readonly by: "copy-running" }
  | { readonly by: "replaces"; readonly unit: string }
  | { readonly by: "global" };
