import type { ClusterChange } from "@flotilla/registry";

/** The changes since a snapshot was last taken: for each fact, the latest. */
export class ChangeSet {
  #changes = new Map<string, ClusterChange>();

  add(changes: readonly ClusterChange[]): void {
    for (const change of changes) this.#changes.set(keyOf(change), change);
  }

  /** Returns the changes and forgets them. */
  take(): Iterable<ClusterChange> {
    if (this.#changes.size === 0) return [];
    const taken = this.#changes;
    this.#changes = new Map();
    return taken.values();
  }
}

/**
 * Returns the same key for changes that replace each other: those of one kind about one unit and one machine. The
 * return of a machine ends an absence, so a later loss of the machine must not replace the return.
 */
function keyOf(change: ClusterChange): string {
  const unit = "unit" in change ? change.unit : "";
  const machineID = "machineID" in change ? change.machineID : "";
  const isReturn = change.kind === "machine" && change.value !== undefined;
  return `${change.kind} ${unit} ${machineID} ${isReturn}`;
}
