import type { EventRecorder } from "@flotilla/model";
import { logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { Decided } from "@flotilla/schedule";
import { writeLine } from "../controller/write-line.ts";
import { eventsOfChange } from "../events/change-events.ts";
import { lineOfChange } from "./decision-lines.ts";

/** Logs and records each unit that cannot be placed or decided on: once, and again when the reason changes. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #events: EventRecorder;
  readonly #refused = new Map<string, string>();
  readonly #setAside = new Map<string, string>();

  constructor(log: Logger, events: EventRecorder) {
    this.#log = log;
    this.#events = events;
  }

  /** Units outside `lookedAt` are refused or placed as before. */
  unplaceable({ refused, lookedAt }: Pick<Decided, "refused" | "lookedAt">): void {
    for (const unit of lookedAt) {
      const decision = refused.get(unit);
      if (!decision) this.#refused.delete(unit);
      else if (this.#refused.get(unit) !== decision.sentence) {
        this.#refused.set(unit, decision.sentence);
        writeLine(this.#log, lineOfChange(decision));
        for (const event of eventsOfChange(decision)) this.#events.record(event);
      }
    }
  }

  /** Logs each unit's error with its stack. */
  setAside(units: Decided["setAside"]): void {
    for (const unit of this.#setAside.keys()) if (!units.has(unit)) this.#setAside.delete(unit);
    for (const [unit, error] of units) {
      const message = messageOf(error);
      if (this.#setAside.get(unit) === message) continue;
      this.#setAside.set(unit, message);
      logFailure(this.#log, "a unit is set aside: it could not be decided on; all others are", error, { unit });
    }
  }
}
