import type { Context } from "../context.ts";

/** Warnings about many units, of which the instances of a template all have the same: each is told once. */
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
