import type { StoredUnit } from "../world/records.ts";

/** One wish that a client has sent, and what became of it. */
export interface Intent {
  readonly unit: string;
  readonly destroys: boolean;
  readonly digest?: string;
  readonly desired?: StoredUnit["desired"];
  /** `unsure`: an error came, or nothing; it may have taken effect, and may do so yet. */
  outcome: "open" | "accepted" | "refused" | "unsure";
}

/** All that clients have asked for: the store's units are to be the outcome of this, and of nothing else. */
export class Intents {
  readonly #all: Intent[] = [];

  add(intent: Omit<Intent, "outcome">): Intent {
    const added: Intent = { ...intent, outcome: "open" };
    this.#all.push(added);
    return added;
  }

  /** Whether somebody asked for this change and has not been answered for good yet. */
  explain(name: string, before: StoredUnit | undefined, after: StoredUnit | undefined): boolean {
    return this.#all.some(
      ({ unit, outcome, destroys, digest, desired }) =>
        unit === name &&
        (outcome === "open" || outcome === "unsure") &&
        (after
          ? !destroys &&
            (after.digest === before?.digest || after.digest === digest) &&
            after.desired === (desired ?? before?.desired ?? "inactive")
          : destroys),
    );
  }
}
