import type { StoredUnit } from "../world/records.ts";

/** A change that a client has requested, with its outcome. */
export interface Intent {
  readonly unit: string;
  readonly destroys: boolean;
  readonly digest?: string;
  readonly desired?: StoredUnit["desired"];
  /** `unsure`: the answer was an error or never came. The change may have taken effect, or may still do so. */
  outcome: "open" | "accepted" | "refused" | "unsure";
}

/** All changes that clients have requested. Units in the store may change only because of them. */
export class Intents {
  readonly #all: Intent[] = [];

  add(intent: Omit<Intent, "outcome">): Intent {
    const added: Intent = { ...intent, outcome: "open" };
    this.#all.push(added);
    return added;
  }

  /** Whether a client has requested this change and its outcome is still open. */
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
