import { logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { Decided, Decision } from "@flotilla/schedule";

/** Tells what was decided: each change once it is written, each refusal once and again when its reason changes. */
export class DecisionLog {
  readonly #log: Logger;
  readonly #refused = new Map<string, string>();
  readonly #setAside = new Map<string, string>();

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

  /** What was thrown is logged once for each unit, with its stack, and again when it is another error. */
  setAside(units: Decided["setAside"]): void {
    for (const unit of this.#setAside.keys()) if (!units.has(unit)) this.#setAside.delete(unit);
    for (const [unit, error] of units) {
      const message = messageOf(error);
      if (this.#setAside.get(unit) === message) continue;
      this.#setAside.set(unit, message);
      logFailure(this.#log, "a unit is set aside: it could not be decided on; all others are", error, { unit });
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
