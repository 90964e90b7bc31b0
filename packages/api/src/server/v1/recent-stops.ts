import type { FastifyRequest } from "fastify";
import type { Clock } from "@flotilla/runtime";
import type { UnitV1 } from "../../contract/v1/entities.ts";

/** fleetctl looks every 250 ms (fleet, fleetctl/fleetctl.go, waitForState); the rest is for a slow network. */
const SHOWN_MS = 1000;

/** A client of fleet's has long gone on with its `restart` by then, also where the daemon was restarted meanwhile. */
const RECENT_MS = 60_000;

interface Stopped {
  readonly name: string;
  /** By the wall clock, as the store has it; 0: not stopped by fleet's fleetctl. */
  readonly stoppedAt: number;
}

/**
 * Keeps showing units as launched for a moment after they were stopped, to fleet's own fleetctl alone. Its `restart`
 * asks for `loaded`, then waits for `launched` without end, and only then asks for that: it relies on a daemon that
 * sees the first request a second after it was made (fleet, fleetctl/restart.go and registry/event.go).
 *
 * That a unit was stopped so stands in the store. The moment begins when the client first looks, so that it may look
 * at a daemon that was away when the unit was stopped.
 */
export class RecentStops {
  readonly #clock: Clock;
  /** When the client first looked after each stop; the oldest first. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When a stop that this request makes was asked for, for the store: 0 where nobody relies on that. */
  timeOf(request: FastifyRequest): number {
    return isFleetctl(request) ? this.#clock.wall() : 0;
  }

  /** Fleet's fleetctl has asked for the stop a moment ago; by the wall clocks of two machines, so within a minute. */
  isRecent({ stoppedAt }: Pick<Stopped, "stoppedAt">): boolean {
    return stoppedAt > 0 && Math.abs(this.#clock.wall() - stoppedAt) < RECENT_MS;
  }

  /** The unit as `request` is to see it. */
  shown(unit: Stopped, entity: UnitV1, request: FastifyRequest): UnitV1 {
    if (!isFleetctl(request) || !this.isRecent(unit)) return entity;
    const isHeld = this.#sinceFirstLook(unit) < SHOWN_MS;
    const { desiredState, currentState } = entity;
    return isHeld && desiredState === "loaded" && currentState === "loaded"
      ? { ...entity, currentState: "launched" }
      : entity;
  }

  #sinceFirstLook({ name, stoppedAt }: Stopped): number {
    const now = this.#clock.monotonic();
    for (const [stop, at] of this.#seen) {
      if (now - at < 2 * RECENT_MS) break;
      this.#seen.delete(stop);
    }
    const stop = `${stoppedAt} ${name}`;
    const first = this.#seen.get(stop) ?? now;
    this.#seen.set(stop, first);
    return now - first;
  }
}

/** fleet's client package names itself after the generator that made it (fleet, schema/v1-gen.go). */
function isFleetctl({ headers }: FastifyRequest): boolean {
  return headers["user-agent"]?.startsWith("google-api-go-client/") ?? false;
}
