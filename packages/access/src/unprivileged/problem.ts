import type { DeployerScope } from "../caller.ts";

/** Why a unit file is not unprivileged, and what to change. */
export interface Problem {
  readonly cause: string;
  readonly fix: string;
}

/** The unit to which an option belongs. */
export interface OptionPlace {
  /** The unit's name; a template's name for a template. */
  readonly unit: string;
  readonly scope: DeployerScope;
}

/**
 * Judges one assignment.
 * @param value the value with its continuation lines joined; empty for a reset.
 * @returns what the value should be instead; undefined if the value is harmless.
 */
export type Judge = (value: string, place: OptionPlace) => string | undefined;
