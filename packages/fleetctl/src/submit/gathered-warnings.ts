import type { Context } from "../context.ts";

/** Collects warnings of many units and prints each warning once: the instances of a template share theirs. */
export class GatheredWarnings {
  readonly #unitsOf = new Map<string, string[]>();

  add(unit: string, warnings: readonly string[]): void {
    for (const warning of warnings) {
      const units = this.#unitsOf.get(warning) ?? [];
      units.push(unit);
      this.#unitsOf.set(warning, units);
    }
  }

  tell(context: Context): void {
    for (const [warning, units] of this.#unitsOf) {
      const [first = "", ...others] = units.toSorted();
      const also = others.length === 0 ? "" : ` and ${others.length} more`;
      context.tell(`WARNING: ${first}${also}: ${warning}`);
    }
  }
}
