import type { FastifyRequest } from "fastify";
import type { Clock } from "@flotilla/runtime";
import type { UnitV1 } from "../../contract/v1/entities.ts";

/** How long a stopped unit is shown as launched. fleetctl polls every 250 ms (fleet, fleetctl/fleetctl.go). */
const SHOWN_MS = 1000;

/** The longest time between the two requests of fleetctl's `restart`, even across a restart of the daemon. */
const RECENT_MS = 60_000;

interface Stopped {
  readonly name: string;
  /** The time of the stop in the store, by the wall clock; 0 if another client than fleet's fleetctl stopped the unit. */
  readonly stoppedAt: number;
}

/**
 * Shows stopped units as launched for a second, but only to fleet's fleetctl. The `restart` of that program sets
 * `loaded`, waits for `launched` without a time limit, and then sets `launched`. This works only with a daemon that
 * sees the first request a second late (fleet, fleetctl/restart.go and registry/event.go).
 *
 * The store records the stop. The second begins at the client's first read, which may go to a daemon that was down at
 * the time of the stop.
 */
export class RecentStops {
  readonly #clock: Clock;
  /** The times of the first read after each stop, the oldest first. */
  readonly #firstReads = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the time of a stop by this request, for the store; 0 for other clients than fleet's fleetctl. */
  timeOf(request: FastifyRequest): number {
    return isFleetctl(request) ? this.#clock.wall() : 0;
  }

  /** Whether fleet's fleetctl stopped the unit within the last minute, by the wall clocks of two machines. */
  isRecent({ stoppedAt }: Pick<Stopped, "stoppedAt">): boolean {
    return stoppedAt > 0 && Math.abs(this.#clock.wall() - stoppedAt) < RECENT_MS;
  }

  /** Returns the unit as shown to the client of `request`. */
  shown(unit: Stopped, entity: UnitV1, request: FastifyRequest): UnitV1 {
    if (!isFleetctl(request) || !this.isRecent(unit)) return entity;
    const isHeld = this.#sinceFirstRead(unit) < SHOWN_MS;
    const { desiredState, currentState } = entity;
    return isHeld && desiredState === "loaded" && currentState === "loaded"
      ? { ...entity, currentState: "launched" }
      : entity;
  }

  #sinceFirstRead({ name, stoppedAt }: Stopped): number {
    const now = this.#clock.monotonic();
    for (const [stop, at] of this.#firstReads) {
      if (now - at < 2 * RECENT_MS) break;
      this.#firstReads.delete(stop);
    }
    const stop = `${stoppedAt} ${name}`;
    const first = this.#firstReads.get(stop) ?? now;
    this.#firstReads.set(stop, first);
    return now - first;
  }
}

/** Whether the User-Agent is that of fleet's generated client package (fleet, schema/v1-gen.go). */
function isFleetctl({ headers }: FastifyRequest): boolean {
  return headers["user-agent"]?.startsWith("google-api-go-client/") ?? false;
}
