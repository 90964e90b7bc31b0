import type { StoredUnit } from "../world/records.ts";

/** A change that a client has requested, with its outcome. */
export interface Intent {
  readonly unit: string;
  readonly destroys: boolean;
  readonly digest?: string;
  readonly desired?: StoredUnit["desired"];
  /** The request may also start units that the unit needs, as requests of API v2 do. */
  readonly bringsUp?: boolean;
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

  /** Whether the unit may have been started along with another one, whose start a client has requested. */
  explainAlong(name: string, before: StoredUnit | undefined, after: StoredUnit | undefined): boolean {
    if (after?.desired !== "launched" || after.digest !== before?.digest) return false;
    return this.#all.some(
      ({ unit, outcome, bringsUp }) =>
        unit !== name && bringsUp === true && (outcome === "open" || outcome === "unsure"),
    );
  }
}
