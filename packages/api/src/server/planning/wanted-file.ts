import type { Unit } from "@flotilla/model";
import type { PlanBody, PlannedUnit } from "../../contract/v2/planning.ts";
import type { CheckedFile } from "../unit-check.ts";

/** A unit of a request, with its file after the check, or the reason why the file is refused. */
export interface WantedFile {
  readonly wanted: PlanBody["units"][number];
  readonly file?: CheckedFile | undefined;
  readonly refusal?: string | undefined;
}

/** What the requests of a plan would write, as far as the scheduler is concerned. */
export interface PlannedUnits {
  /** The units as they would be, by name. */
  readonly written: ReadonlyMap<string, Unit>;
  readonly rows: readonly Omit<PlannedUnit, "changes">[];
}
