import type { Assignment, Need } from "@flotilla/model";

/** Which units of this machine need which others: the `needs` of the assignments. */
export class NeedsHere {
  readonly #assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly #needs = new Map<string, readonly Need[]>();
  readonly #needers = new Map<string, Set<string>>();

  constructor(assignments: { readonly all: ReadonlyMap<string, Assignment> }) {
    this.#assignments = assignments;
  }

  /**
   * Takes in changed assignments.
   * @returns the units that are or were needed by these.
   */
  note(units: Iterable<string>): ReadonlySet<string> {
    const affected = new Set<string>();
    for (const unit of units) {
      const assignment = this.#assignments.all.get(unit);
      const isHere = assignment !== undefined && !assignment.leaving && !assignment.stopping;
      const now = (isHere && assignment.needs) || NONE;
      const before = this.#needs.get(unit) ?? NONE;
      if (now === before) continue;
      for (const need of before) {
        this.#remove(need.unit, unit);
        affected.add(need.unit);
      }
      for (const need of now) {
        this.#needers.set(need.unit, (this.#needers.get(need.unit) ?? new Set()).add(unit));
        affected.add(need.unit);
      }
      if (now.length === 0) this.#needs.delete(unit);
      else this.#needs.set(unit, now);
    }
    return affected;
  }

  /** Whether any unit here needs another one. */
  get isAny(): boolean {
    return this.#needs.size > 0;
  }

  of(unit: string): readonly Need[] {
    return this.#needs.get(unit) ?? NONE;
  }

  needersOf(unit: string): ReadonlySet<string> {
    return this.#needers.get(unit) ?? NOBODY;
  }

  get needed(): Iterable<string> {
    return this.#needers.keys();
  }

  #remove(needed: string, needer: string): void {
    const left = this.#needers.get(needed);
    left?.delete(needer);
    if (left?.size === 0) this.#needers.delete(needed);
  }
}

const NONE: readonly Need[] = [];
const NOBODY: ReadonlySet<string> = new Set();
