import type { ClusterChange } from "@flotilla/registry";

/** The changes since a snapshot was last taken, each thing once with its latest change. */
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

/** Returns the same key for changes that replace each other. A machine's return must survive its next loss: it ends an absence. */
function keyOf(change: ClusterChange): string {
  switch (change.kind) {
    case "unit":
    case "attempts":
      return `${change.kind} ${change.unit}`;
    case "assignment":
    case "state":
      return `${change.kind} ${change.unit} ${change.machineID}`;
    case "machine":
      return `${change.value ? "present" : "absent"} ${change.machineID}`;
    case "leader":
    case "hold":
      return change.kind;
    default:
      return change satisfies never;
  }
}
