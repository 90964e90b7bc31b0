import type { Logger } from "@flotilla/runtime";
import type { Decided, Decision } from "@flotilla/schedule";

/** Tells what was decided: each change once it is written, each refusal once and again when its reason changes. */
export class DecisionLog {
  readonly #log: Logger;
  readonly #refused = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  applied(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#tell(decision);
  }

  /** The others are as they were. */
  unplaceable({ refused, lookedAt }: Pick<Decided, "refused" | "lookedAt">): void {
    for (const unit of lookedAt) {
      const reason = refused.get(unit)?.sentence;
      if (reason === undefined) this.#refused.delete(unit);
      else if (this.#refused.get(unit) !== reason) {
        this.#refused.set(unit, reason);
        this.#log.warn("a unit cannot be placed", { unit, reason });
      }
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
