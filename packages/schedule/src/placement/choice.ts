import type { Score } from "../rules/wish.ts";

/** Why a unit gets this machine rather than another. */
export type Choice =
  | { readonly by: "least-loaded"; readonly units: number }
  /** By all the unit's wishes. */
  | { readonly by: "wishes"; readonly scores: readonly Score[] }
  | { readonly by: "copy-running" }
  | { readonly by: "replaces"; readonly unit: string }
  | { readonly by: "global" };
