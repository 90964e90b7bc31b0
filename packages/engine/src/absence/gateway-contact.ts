import type { Clock } from "@flotilla/runtime";

/** Since when the agents of the cluster can have reached the store through this server. */
export class GatewayContact {
  readonly #openedAt: number;
  readonly #hasAgents: () => boolean;

  /**
   * Create it when the gateway opens.
   * @param hasAgents whether the cluster has agents, or may have some.
   */
  constructor(clock: Pick<Clock, "monotonic">, hasAgents: () => boolean) {
    this.#openedAt = clock.monotonic();
    this.#hasAgents = hasAgents;
  }

  /**
   * Monotonic milliseconds; undefined if the cluster has no agents. Before that, perhaps no server carried their
   * heartbeats.
   */
  get heardSince(): number | undefined {
    return this.#hasAgents() ? this.#openedAt : undefined;
  }
}
