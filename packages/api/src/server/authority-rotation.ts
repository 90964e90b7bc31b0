import { FlotillaError } from "@flotilla/runtime";
import type { RotationAnswer } from "../contract/v2/rotation.ts";

/**
 * The rotation of the cluster's authority. Each method throws the errors of the store. `present` are the machines whose
 * daemons are in the cluster now.
 */
export interface AuthorityRotation {
  /** Returns the former authority's certificate, PEM; undefined unless it vouches for the present one. */
  former(signal: AbortSignal): Promise<string | undefined>;
  report(present: ReadonlySet<string>, signal: AbortSignal): Promise<RotationAnswer>;
  /** Makes a new authority, unless a rotation is under way. @throws RotationRefusedError */
  begin(force: boolean, present: ReadonlySet<string>, signal: AbortSignal): Promise<RotationAnswer>;
  /** Ends the rotation to an authority; does nothing if it has ended. @throws RotationRefusedError */
  end(end: RotationEnd, present: ReadonlySet<string>, signal: AbortSignal): Promise<RotationAnswer>;
}

export interface RotationEnd {
  /** The pin of the new authority. */
  readonly authority: string;
  readonly without: "none" | "away" | "all";
}

/** The authority cannot be rotated now, or its rotation cannot end yet. */
export class RotationRefusedError extends FlotillaError {
  readonly code = "rotation-refused";
}
