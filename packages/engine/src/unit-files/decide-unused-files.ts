import type { ClusterSnapshot } from "@flotilla/model";
import type { StoredFile } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import type { LeaderDecision } from "../controller/controller.ts";

/** A stored unit file that nothing names. */
export interface FileDecision extends LeaderDecision {
  readonly kind: "delete-file";
  readonly reason: { readonly code: "unused" };
  readonly digest: string;
  /** The file is deleted only at this revision: if it was written again, a new unit may use it. */
  readonly revision: number;
  readonly characters: number;
}

type Files = ReadonlyMap<string, StoredFile>;
type Naming = Pick<ClusterSnapshot, "units" | "assignments">;

/** The number of units in one step. */
const UNITS_IN_STEP = 10_000;

/**
 * Decides which stored unit files to delete: those that no unit and no assignment names.
 * @param kept digests that unreadable units name.
 */
export function* decideUnusedFiles(
  files: Files,
  kept: Iterable<string>,
  cluster: Naming,
): Steps<readonly FileDecision[]> {
  const stored = [...files];
  const named = new Set(kept);
  let count = 0;
  for (const { digest } of cluster.units.values()) {
    named.add(digest);
    if (++count % UNITS_IN_STEP === 0) yield;
  }
  for (const places of cluster.assignments.values()) {
    for (const { digest } of places.values()) named.add(digest);
    if (++count % UNITS_IN_STEP === 0) yield;
  }
  return stored.filter(([digest]) => !named.has(digest)).map(([digest, file]) => deletion(digest, file));
}

function deletion(digest: string, { file, revision }: StoredFile): FileDecision {
  return {
    kind: "delete-file",
    reason: { code: "unused" },
    sentence: `unit file ${digest.slice(0, 12)} is deleted: no unit and no assignment names it`,
    digest,
    revision,
    characters: file?.text.length ?? 0,
  };
}
