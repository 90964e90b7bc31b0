import type { FastifyRequest } from "fastify";
import type { UnitV1 } from "../../contract/v1/entities.ts";
import type { Clock } from "@flotilla/runtime";

/** fleetctl looks every 250 ms (fleet, fleetctl/fleetctl.go, waitForState); the rest is for a slow network. */
const SHOWN_MS = 1000;

/**
 * Keeps showing units as launched for a moment after they were stopped, to fleet's own fleetctl alone. Its `restart`
 * asks for `loaded`, then waits for `launched` without end, and only then asks for that: it relies on a daemon that
 * sees the first request a second after it was made (fleet, fleetctl/restart.go and registry/event.go).
 */
export class RecentStops {
  readonly #clock: Clock;
  /** When each unit was stopped; the oldest first. */
  readonly #stopped = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(unit: string, request: FastifyRequest): void {
    this.#forgetOld();
    if (!isFleetctl(request)) return;
    this.#stopped.delete(unit);
    this.#stopped.set(unit, this.#clock.monotonic());
  }

  /** The unit as `request` is to see it. */
  shown(unit: UnitV1, request: FastifyRequest): UnitV1 {
    this.#forgetOld();
    const isHeld = unit.desiredState === "loaded" && unit.currentState === "loaded" && this.#stopped.has(unit.name);
    return isHeld && isFleetctl(request) ? { ...unit, currentState: "launched" } : unit;
  }

  #forgetOld(): void {
    for (const [unit, at] of this.#stopped) {
      if (this.#clock.monotonic() - at < SHOWN_MS) return;
      this.#stopped.delete(unit);
    }
  }
}

/** fleet's client package names itself after the generator that made it (fleet, schema/v1-gen.go). */
function isFleetctl({ headers }: FastifyRequest): boolean {
  return headers["user-agent"]?.startsWith("google-api-go-client/") ?? false;
}
