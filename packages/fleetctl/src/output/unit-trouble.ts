import type { TroubleEntity } from "@flotilla/api/client";

/** Says in words why a wanted unit does not run. */
export function reasonsOfTrouble({ kind, problem }: TroubleEntity, reasons: readonly string[]): readonly string[] {
  switch (kind) {
    case "unplaced":
      return reasons.length > 0 ? reasons : ["it has no machine yet"];
    case "away":
      return ["its machine is not in the cluster now", ...reasons];
    case "failed":
      return [problem === "" ? "its last run failed" : problem];
    case "pending":
      return [problem === "" ? "its machine has not started it yet" : problem];
    default:
      return kind satisfies never;
  }
}
