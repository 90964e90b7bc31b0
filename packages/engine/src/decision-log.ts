import type { Logger } from "@flotilla/runtime";
import type { Decision } from "@flotilla/schedule";

/** Tells what was decided: each change once it is written, each refusal once and again when its reason changes. */
export class DecisionLog {
  readonly #log: Logger;
  #refused: ReadonlyMap<string, string> = new Map();

  constructor(log: Logger) {
    this.#log = log;
  }

  applied(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#tell(decision);
  }

  /** @param decisions all refusals of one pass. */
  unplaceable(decisions: readonly Decision[]): void {
    const known = this.#refused;
    this.#refused = new Map(decisions.map(({ unit, sentence }) => [unit, sentence]));
    for (const { unit, sentence } of decisions) {
      if (known.get(unit) !== sentence) this.#log.warn("a unit cannot be placed", { unit, reason: sentence });
    }
  }

  #tell(decision: Decision): void {
    const { unit, sentence: reason } = decision;
    switch (decision.kind) {
      case "place":
        return this.#log.info("unit placed", { unit, machine: decision.to, reason });
      case "move":
        return this.#log.info("unit moved", { unit, from: decision.from, machine: decision.to, reason });
      case "unplace":
        return this.#log.info("unit taken off a machine", { unit, machine: decision.from, reason });
      case "update":
        return this.#log.debug("unit updated", { unit, machine: decision.on, reason });
      case "settle":
        return this.#log.debug("copy of a unit given up", { unit, machine: decision.on, reason });
      case "note":
        return this.#log.warn("a unit keeps failing where it is", { unit, machine: decision.on, reason });
      case "forget":
        return this.#log.debug("failed attempts of a unit forgotten", { unit, reason });
      case "unplaceable":
        return;
      default:
        return decision satisfies never;
    }
  }
}
